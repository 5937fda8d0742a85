package batch

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// statementAbout wraps a native event in a statement with these subjects.
func statementAbout(native string, digests ...string) string {
	var subjects []string
	for _, d := range digests {
		subjects = append(subjects, fmt.Sprintf(`{"digest":{"sha256":%q}}`, strings.TrimPrefix(d, "sha256:")))
	}
	return fmt.Sprintf(`{"_type":%q,"subject":[%s],"predicateType":%q,"predicate":%s}`,
		StatementType, strings.Join(subjects, ","), PredicateEvent, native)
}

func TestSignedPlainEvent(t *testing.T) {
	s := newSource(t, "bka-gateway")
	e := search(95) // its two images are different ones
	native := canonical(t, e)
	images := []string{e.Images[0].Digest, e.Images[1].Digest}
	other := "sha256:" + hex.EncodeToString(bytes.Repeat([]byte{7}, 32))
	faulty := strings.Replace(native, `"mode":"TRANSIENT"`, `"mode":"SOMETIMES"`, 1)
	expire := func(l *log) { l.keys[0].until = noon.Add(-time.Second) }

	for name, c := range map[string]struct {
		payloadType, payload string
		code                 Code
		log                  func(*log)
	}{
		"event":                      {PayloadEvent, native, "", nil},
		"statement about its images": {PayloadInToto, statementAbout(native, images...), "", nil},
		"images in another order":    {PayloadInToto, statementAbout(native, images[1], images[0]), "", nil},
		"an image missing":           {PayloadInToto, statementAbout(native, images[0]), SubjectsMismatch, nil},
		"an image too many":          {PayloadInToto, statementAbout(native, append(images, other)...), SubjectsMismatch, nil},
		"other images":               {PayloadInToto, statementAbout(native, other), SubjectsMismatch, nil},
		"no subject":                 {PayloadInToto, statementAbout(native), BadStatement, nil},
		"sealed batch":               {PayloadInToto, strings.Replace(statementAbout(native, images...), "event/v1", "batch/v1", 1), Unsupported, nil},
		"other payload type":         {"text/plain", native, Unsupported, nil},
		"not an event":               {PayloadEvent, `{"hello":"world"}`, InvalidEvent, nil},
		"not JSON":                   {PayloadEvent, `{"kind":`, InvalidEvent, nil},
		"event with faults":          {PayloadEvent, faulty, InvalidEvent, nil},
		"expired key":                {PayloadEvent, native, KeyExpired, expire},
		"undeclared key":             {PayloadEvent, native, UnknownKey, func(l *log) { l.keys = nil }},
		"another source's key":       {PayloadEvent, native, UnknownKey, func(l *log) { l.keys[0].Source = "lka-north" }},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(s)
			if c.log != nil {
				c.log(l)
			}
			text := s.envelope(t, c.payloadType, []byte(c.payload))
			got, err := l.verifier().Event(t.Context(), text, s.id, noon)
			if CodeOf(err) != c.code || (err == nil) != (c.code == "") {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if err != nil {
				if strings.Contains(err.Error(), "12 Js") {
					t.Errorf("the message repeats a personal value: %v", err)
				}
				return
			}
			if canonical(t, got.Event) != native || got.Digest != Digest([]byte(c.payload)) || got.Key != s.signer.ID() || !bytes.Equal(got.Envelope, bytes.TrimSpace(text)) {
				t.Errorf("got %+v", got)
			}
			if !IsSignedEvent(text) {
				t.Error("not recognised as a signed plain event")
			}
		})
	}

	altered := bytes.Replace(s.envelope(t, PayloadEvent, []byte(native)), []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)
	if _, err := newLog(s).verifier().Event(t.Context(), altered, s.id, noon); CodeOf(err) != BadSignature {
		t.Errorf("an altered signature: %v", err)
	}
	long := append(bytes.Repeat([]byte(" x"), 200<<10), altered...)
	if _, err := newLog(s).verifier().Event(t.Context(), long, s.id, noon); CodeOf(err) != TooLarge {
		t.Errorf("a long envelope: %v", err)
	}
	good, _ := s.batch(t, Position{Sequence: 1, From: dawn})
	for _, text := range [][]byte{good, nil, []byte("{}"), []byte(native)} {
		if IsSignedEvent(text) {
			t.Errorf("taken for a signed plain event: %.60s", text)
		}
	}
}

// An event without images has whatever subject its tool gave it.
func TestSignedPlainEventWithoutImages(t *testing.T) {
	s := newSource(t, "bka-gateway")
	e := &event.Event{
		ID: "d1", Kind: event.KindDeclare, Occurred: event.At(dawn),
		Declaration: &event.Declaration{Type: event.DeclareSystem, ID: "workbench", Name: event.Text{EN: "Workbench"},
			System: &event.SystemDeclaration{Operator: "lka-north"}},
	}
	text := s.envelope(t, PayloadInToto, []byte(statementAbout(canonical(t, e), "sha256:00")))
	if _, err := newLog(s).verifier().Event(t.Context(), text, s.id, noon); err != nil {
		t.Fatal(err)
	}
}

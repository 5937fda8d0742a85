package batch

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// tampering is one way of handing in what must not be taken: a real batch of four searches, changed.
type tampering struct {
	name string
	code Code
	leaf int // which leaf the refusal must name, or -1
	make func(*stage) []byte
}

// stage is what a tampering starts from. It may change the log and who hands in at what time.
type stage struct {
	testing.TB
	log    *log
	source *source
	by     string
	at     time.Time
	limits Limits
	events []*event.Sealed
	good   []byte // a batch that is taken
}

func (s *stage) raw() (out []rawLeaf) {
	for _, e := range s.events {
		out = append(out, rawOf(e))
	}
	return out
}

// signed is the batch with its leaves and its statement changed before it is signed.
func (s *stage) signed(leaves func([]rawLeaf) []rawLeaf, change func(*Statement)) []byte {
	s.Helper()
	raw := s.raw()
	if leaves != nil {
		raw = leaves(raw)
	}
	return s.source.sign(s, change, raw...)
}

// leaf2 is the batch with its third leaf changed before it is signed.
func (s *stage) leaf2(change func(*rawLeaf)) []byte {
	s.Helper()
	return s.signed(func(l []rawLeaf) []rawLeaf {
		change(&l[2])
		l[2].hash = tlog.RecordHash([]byte(l[2].leaf))
		return l
	}, nil)
}

func (s *stage) statement(change func(*Statement)) []byte { s.Helper(); return s.signed(nil, change) }

// payload signs another payload.
func (s *stage) payload(change func(string) string) []byte {
	s.Helper()
	line, rest, _ := bytes.Cut(s.good, []byte("\n"))
	_, payload, err := ParseEnvelope(line)
	if err != nil {
		s.Fatal(err)
	}
	altered := change(string(payload))
	if altered == string(payload) {
		s.Fatal("nothing changed")
	}
	return append(s.source.envelope(s, PayloadInToto, []byte(altered)), rest...)
}

func (s *stage) swap(old, new string) []byte {
	s.Helper()
	return s.payload(func(p string) string { return strings.Replace(p, old, new, 1) })
}

// text changes the submission as it is handed in.
func (s *stage) text(old, new string) []byte {
	s.Helper()
	out := bytes.Replace(s.good, []byte(old), []byte(new), 1)
	if bytes.Equal(out, s.good) {
		s.Fatalf("%q does not occur", old)
	}
	return out
}

func (s *stage) lines() [][]byte { return bytes.SplitAfter(s.good, []byte("\n")) }

func join(lines ...[]byte) []byte { return bytes.Join(lines, nil) }

// key changes how the log has the source's key.
func (s *stage) key(change func(*declaration)) []byte { change(&s.log.keys[0]); return s.good }

var tamperings = []tampering{
	{"nothing", Malformed, -1, func(s *stage) []byte { return nil }},
	{"not JSON", Malformed, -1, func(s *stage) []byte { return []byte("hello\n") }},
	{"an array of events", Malformed, -1, func(s *stage) []byte { return []byte("[{\"kind\":\"QUERY\"}]\n") }},
	{"a plain event", Malformed, -1, func(s *stage) []byte { return []byte("{\"kind\":\"QUERY\"}\n") }},
	{"payload that is not base64", Malformed, -1, func(s *stage) []byte { return s.text(`"payload":"`, `"payload":"%%`) }},
	{"payload twice", Malformed, -1, func(s *stage) []byte { return s.text(`"payload":"`, `"payload":"","payload":"`) }},
	{"leaf that is no object", Malformed, 0, func(s *stage) []byte { return s.text(`{"leaf":{`, `{"leaf":"x","l":{`) }},
	{"leaf twice", Malformed, 0, func(s *stage) []byte { return s.text(`{"leaf":{`, `{"leaf":{},"leaf":{`) }},
	{"unknown member", Malformed, 0, func(s *stage) []byte { return s.text(`{"leaf":{`, `{"note":1,"leaf":{`) }},
	{"hash left out", Malformed, 0, func(s *stage) []byte { return s.text(`,"hash":"`, `,"disclosures":["`) }},
	{"hash too short", Malformed, 0, func(s *stage) []byte { return s.text(`,"hash":"`, `,"hash":"AAAA`) }},
	{"an empty line", Malformed, -1, func(s *stage) []byte { return s.text("\n{\"leaf\"", "\n\n{\"leaf\"") }},
	{"last line cut off", Malformed, -1, func(s *stage) []byte { return s.good[:len(s.good)-10] }},
	{"last line without line feed", Malformed, -1, func(s *stage) []byte { return s.good[:len(s.good)-1] }},

	{"envelope too long", TooLarge, -1, func(s *stage) []byte { s.limits.Envelope = 200; return s.good }},
	{"line too long", TooLarge, -1, func(s *stage) []byte { s.limits.Line = 500; return s.good }},
	{"submission too long", TooLarge, -1, func(s *stage) []byte { s.limits.Bytes = 3000; return s.good }},
	{"more leaves than allowed", TooLarge, -1, func(s *stage) []byte { s.limits.Leaves = 3; return s.good }},
	{"too many signatures", TooLarge, -1, func(s *stage) []byte {
		return s.text(`"signatures":[`, `"signatures":[`+strings.Repeat(`{"keyid":"x","sig":""},`, maxSignatures))
	}},
	{"too many keys to try", TooLarge, -1, func(s *stage) []byte {
		for range maxAttempts + 1 {
			s.log.keys = append([]declaration{s.log.keys[0]}, s.log.keys...)
		}
		return bytes.Replace(s.text(s.source.signer.ID(), ""), []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)
	}},
	{"leaf too long", TooLarge, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.leaf = `{"x":"` + strings.Repeat("x", event.MaxLeaf) + `"}` })
	}},

	{"other payload type", Unsupported, -1, func(s *stage) []byte {
		return s.source.envelope(s, "application/json", []byte("{}"))
	}},
	{"signed plain event", Unsupported, -1, func(s *stage) []byte {
		return s.source.envelope(s, PayloadEvent, []byte(`{"kind":"QUERY"}`))
	}},
	{"other predicate", Unsupported, -1, func(s *stage) []byte { return s.swap("/batch/v1", "/batch/v2") }},
	{"older statement", Unsupported, -1, func(s *stage) []byte { return s.swap("Statement/v1", "Statement/v0.1") }},

	{"not a statement", BadStatement, -1, func(s *stage) []byte {
		return s.source.envelope(s, PayloadInToto, []byte("[]"))
	}},
	{"no predicate", BadStatement, -1, func(s *stage) []byte {
		return s.payload(func(p string) string { return p[:strings.Index(p, `,"predicate":`)] + "}" })
	}},
	{"number twice", BadStatement, -1, func(s *stage) []byte { return s.swap(`"sequence":1`, `"sequence":1,"sequence":2`) }},
	{"number zero", BadStatement, -1, func(s *stage) []byte { return s.swap(`"sequence":1`, `"sequence":0`) }},
	{"number beyond all", BadStatement, -1, func(s *stage) []byte { return s.swap(`"sequence":1`, `"sequence":9007199254740992`) }},
	{"number in words", BadStatement, -1, func(s *stage) []byte { return s.swap(`"sequence":1`, `"sequence":"1"`) }},
	{"count below zero", BadStatement, -1, func(s *stage) []byte { return s.swap(`"count":4`, `"count":-4`) }},
	{"unknown member of predicate", BadStatement, -1, func(s *stage) []byte { return s.swap(`"count":4`, `"count":4,"threshold":2`) }},
	{"period left out", BadStatement, -1, func(s *stage) []byte { return s.swap(`"period"`, `"Period"`) }},
	{"period without end", BadStatement, -1, func(s *stage) []byte { return s.swap(`,"to":"2025-06-01T12:00:00Z"`, ``) }},
	{"period backwards", BadStatement, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.From, st.To = st.To, st.From })
	}},
	{"previous of another form", BadStatement, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Previous = "sha1:da39a3ee" })
	}},
	{"source that is no id", BadStatement, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Source, st.Sealer = "BKA Gateway", "BKA Gateway" })
	}},
	{"sealed by another", BadStatement, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Sealer = "log" })
	}},
	{"two subjects", BadStatement, -1, func(s *stage) []byte { return s.swap(`"subject":[`, `"subject":[{"digest":{}},`) }},
	{"no subject", BadStatement, -1, func(s *stage) []byte {
		return s.payload(func(p string) string {
			return p[:strings.Index(p, `[{"name"`)] + "[]" + p[strings.Index(p, `,"predicateType"`):]
		})
	}},
	{"root is not the subject", BadStatement, -1, func(s *stage) []byte { return s.swap(`"root":"`, `"root":"`+strings.Repeat("A", 43)+`=","r":"`) }},
	{"subject is not the root", BadStatement, -1, func(s *stage) []byte { return s.swap(`{"rfc6962":"`, `{"rfc6962":"0`) }},
	{"one leaf, but four", BadStatement, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Leaf = &[32]byte{} })
	}},
	{"one leaf under another digest", BadStatement, -1, func(s *stage) []byte {
		return s.swap("/batch/v1", "/leaf/v1")
	}},

	{"handed in by another", WrongSource, -1, func(s *stage) []byte { s.by = "lka-north"; return s.good }},
	{"of another source", WrongSource, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Source, st.Sealer = "lka-north", "lka-north" })
	}},
	{"leaf of another source", WrongSource, 1, func(s *stage) []byte {
		foreign := newSource(s, "lka-north").seal(s, search(7))
		return s.signed(func(l []rawLeaf) []rawLeaf { l[1] = rawOf(foreign); return l }, nil)
	}},
	{"leaf sealed by another", WrongSource, 1, func(s *stage) []byte {
		foreign, err := event.Seal(search(7), s.source.id, sealer("lka-north"), s.source.salts, nil)
		if err != nil {
			s.Fatal(err)
		}
		return s.signed(func(l []rawLeaf) []rawLeaf { l[1] = rawOf(foreign); return l }, nil)
	}},

	{"signature altered", BadSignature, -1, func(s *stage) []byte { return s.text(`"sig":"`, `"sig":"AAAA`) }},
	{"signature that is not base64", BadSignature, -1, func(s *stage) []byte { return s.text(`"sig":"`, `"sig":"%`) }},
	{"no signature", BadSignature, -1, func(s *stage) []byte {
		line := s.lines()[0]
		i := bytes.Index(line, []byte(`"signatures":`))
		return join(line[:i], []byte(`"signatures":[]}`+"\n"))
	}},
	{"statement altered", BadSignature, -1, func(s *stage) []byte {
		return replacePayload(s, s.good, func(p string) string { return strings.Replace(p, "T12:00", "T13:00", 1) })
	}},
	{"another's signature under the key's name", BadSignature, -1, func(s *stage) []byte {
		forger := newSource(s, "forger")
		forger.id = s.source.id
		return bytes.Replace(forger.sign(s, nil, s.raw()...), []byte(forger.signer.ID()), []byte(s.source.signer.ID()), 1)
	}},
	{"expired key, but the signature does not hold", BadSignature, -1, func(s *stage) []byte {
		s.log.keys[0].until = noon.Add(-time.Hour)
		return s.text(`"sig":"`, `"sig":"AAAA`)
	}},

	{"undeclared key", UnknownKey, -1, func(s *stage) []byte { s.log.keys = nil; return s.good }},
	{"key of another source", UnknownKey, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.Source = "lka-north" })
	}},
	{"key declared as CA", UnknownKey, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.Use = event.KeyCA })
	}},
	{"key that cannot be read", UnknownKey, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.PEM = "nothing" })
	}},
	{"no key is named and none made it", UnknownKey, -1, func(s *stage) []byte {
		s.log.keys = nil
		return s.text(s.source.signer.ID(), "")
	}},
	{"certificate of another key", UnknownKey, -1, func(s *stage) []byte {
		root, leaf := newAuthority(s), newAuthority(s)
		leaf.issue(s, root, dawn, noon)
		return s.text(`{"keyid":"`, fmt.Sprintf(`{"certificate":"%s","keyid":"`, leaf.text(s)))
	}},

	{"key of tomorrow", KeyNotYetValid, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.from = noon.Add(time.Second) })
	}},
	{"key of yesterday", KeyExpired, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.until = noon.Add(-time.Second) })
	}},
	{"key revoked", KeyRevoked, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.revoked = noon })
	}},
	{"key revoked under a name of its own", KeyRevoked, -1, func(s *stage) []byte {
		return s.key(func(d *declaration) { d.ID, d.revoked = "bka-gateway-2025", noon })
	}},
	{"key expired, not named", KeyExpired, -1, func(s *stage) []byte {
		s.log.keys[0].until = noon.Add(-time.Second)
		return s.text(s.source.signer.ID(), "")
	}},
	{"certificate expired", KeyExpired, -1, func(s *stage) []byte { return s.certified(dawn, noon.Add(-time.Second), "") }},
	{"certificate of tomorrow", KeyNotYetValid, -1, func(s *stage) []byte { return s.certified(noon.Add(time.Second), noon.Add(time.Hour), "") }},
	{"CA revoked", KeyRevoked, -1, func(s *stage) []byte { return s.certified(dawn, noon, "CA") }},
	{"certificate's key revoked", KeyRevoked, -1, func(s *stage) []byte { return s.certified(dawn, noon, "key") }},
	{"CA of another source", UntrustedChain, -1, func(s *stage) []byte { return s.certified(dawn, noon, "source") }},
	{"undeclared CA", UntrustedChain, -1, func(s *stage) []byte { return s.certified(dawn, noon, "undeclared") }},
	{"certificate that is none", UntrustedChain, -1, func(s *stage) []byte { return s.text(`{"keyid"`, `{"certificate":"AAAA","keyid"`) }},

	{"number skipped", SequenceSkipped, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Sequence, st.Previous = 2, Digest([]byte("batch 1")) })
	}},
	{"number used for another statement", SequenceForked, -1, func(s *stage) []byte {
		s.log.record(s.source.id, Digest([]byte("batch 1")), dawn)
		return s.good
	}},
	{"first batch with a batch before it", BadPrevious, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Previous = Digest([]byte("batch 0")) })
	}},
	{"another batch before it", BadPrevious, -1, func(s *stage) []byte {
		s.log.record(s.source.id, Digest([]byte("batch 1")), dawn)
		return s.statement(func(st *Statement) { st.Sequence, st.Previous = 2, Digest([]byte("another batch 1")) })
	}},
	{"no batch before it", BadPrevious, -1, func(s *stage) []byte {
		s.log.record(s.source.id, Digest([]byte("batch 1")), dawn)
		return s.statement(func(st *Statement) { st.Sequence = 2 })
	}},

	{"a leaf fewer", BadCount, -1, func(s *stage) []byte { l := s.lines(); return join(l[0], l[1], l[2], l[3]) }},
	{"a leaf more", BadCount, -1, func(s *stage) []byte { return join(s.good, s.lines()[4]) }},
	{"envelope alone", BadCount, -1, func(s *stage) []byte { return bytes.TrimSpace(s.lines()[0]) }},
	{"wrong root", BadRoot, -1, func(s *stage) []byte {
		return s.statement(func(st *Statement) { st.Root[0] ^= 1 })
	}},
	{"leaves in another order", BadRoot, -1, func(s *stage) []byte {
		l := s.lines()
		return join(l[0], l[2], l[1], l[3], l[4])
	}},
	{"a leaf of another batch", BadRoot, -1, func(s *stage) []byte {
		l := s.lines()
		return join(l[0], l[1], l[2], []byte(rawOf(s.source.seal(s, search(99))).line()), l[4])
	}},
	{"first leaf altered", LeafAltered, 0, func(s *stage) []byte { return s.alter(0) }},
	{"second leaf altered", LeafAltered, 1, func(s *stage) []byte { return s.alter(1) }},
	{"last leaf altered", LeafAltered, 3, func(s *stage) []byte { return s.alter(3) }},
	{"leaf written otherwise", LeafAltered, 0, func(s *stage) []byte { return s.text(`{"leaf":{"`, `{"leaf":{ "`) }},
	{"one signed leaf altered", LeafAltered, 0, func(s *stage) []byte {
		return s.signed(func(l []rawLeaf) []rawLeaf { return l[:1] }, func(st *Statement) { st.Leaf = &[32]byte{} })
	}},

	{"leaf not in canonical form", BadLeaf, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.leaf = strings.Replace(l.leaf, ",", ", ", 1) })
	}},
	{"leaf that is no skeleton", BadLeaf, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.leaf = `{"kind":"QUERY"}` })
	}},
	{"personal value in the leaf", BadLeaf, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.leaf = strings.Replace(l.leaf, `"actor":{`, `"actor":{"name":"A. B.",`, 1) })
	}},
	{"leaf with the log's statement", BadLeaf, 2, func(s *stage) []byte {
		admit := &event.Admit{Recorded: event.At(noon), Source: s.source.id, Attested: event.AttestedByLog}
		sealed, err := event.Seal(search(7), s.source.id, sealer(s.source.id), s.source.salts, admit)
		if err != nil {
			s.Fatal(err)
		}
		return s.leaf2(func(l *rawLeaf) { *l = rawOf(sealed) })
	}},
	{"leaf of a kind that only the log writes", BadLeaf, 2, func(s *stage) []byte {
		link := &event.Event{ID: "x", Kind: event.KindLink, Link: &event.Link{Subject: event.SubjectImage, Method: "digest",
			A: event.Denotation{Sealer: s.source.id, Pseudonym: event.Pseudonym{1}}, B: event.Denotation{Sealer: "log", Pseudonym: event.Pseudonym{2}}}}
		return s.leaf2(func(l *rawLeaf) { *l = rawOf(s.source.seal(s, link)) })
	}},

	{"personal value missing", BadDisclosure, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.disclosures = l.disclosures[1:] })
	}},
	{"no personal values", BadDisclosure, 2, func(s *stage) []byte { return s.leaf2(func(l *rawLeaf) { l.disclosures = nil }) }},
	{"personal value twice", BadDisclosure, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.disclosures = append(l.disclosures, l.disclosures[0]) })
	}},
	{"personal value of another leaf", BadDisclosure, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.disclosures[0] = rawOf(s.events[1]).disclosures[0] })
	}},
	{"personal value altered", BadDisclosure, 2, func(s *stage) []byte {
		return s.leaf2(func(l *rawLeaf) { l.disclosures[0] = strings.ToLower(l.disclosures[0]) })
	}},

	{"an event twice", DuplicateEvents, 3, func(s *stage) []byte {
		return s.signed(func(l []rawLeaf) []rawLeaf { l[3] = l[1]; return l }, nil)
	}},
	{"an event sealed twice", DuplicateEvents, 3, func(s *stage) []byte {
		return s.signed(func(l []rawLeaf) []rawLeaf { l[3] = rawOf(s.source.seal(s, search(1))); return l }, nil)
	}},
	{"event with faults", InvalidEvent, 2, func(s *stage) []byte {
		e := search(7)
		e.Mode = "SOMETIMES"
		e.Requester = "Nobody At All!"
		return s.leaf2(func(l *rawLeaf) { *l = rawOf(s.source.seal(s, e)) })
	}},
}

// alter changes a leaf of the batch and nothing else: its purpose.
func (s *stage) alter(leaf int) []byte {
	lines := s.lines()
	altered := bytes.Replace(lines[leaf+1], []byte("identification"), []byte("something-else"), 1)
	if bytes.Equal(altered, lines[leaf+1]) {
		s.Fatal("nothing changed")
	}
	lines[leaf+1] = altered
	return join(lines...)
}

// certified is the batch under a certificate that chains to a CA, instead of a declared key. wrong says what is.
func (s *stage) certified(from, until time.Time, wrong string) []byte {
	s.Helper()
	root, leaf := newAuthority(s), newAuthority(s)
	leaf.issue(s, root, from, until)
	signer, err := signerOf(s, leaf.key).WithCertificates(leaf.pem(s))
	if err != nil {
		s.Fatal(err)
	}
	ca := declaration{Declared: keys.Declared{ID: "ca", Source: s.source.id, Use: event.KeyCA, PEM: string(root.pem(s))}}
	switch wrong {
	case "CA":
		ca.revoked = dawn
	case "source":
		ca.Source = "lka-north"
	case "undeclared":
		ca.PEM = string(newAuthority(s).pem(s))
	}
	s.log.keys = []declaration{ca}
	by := &source{s.source.id, signer, s.source.salts}
	if wrong == "key" {
		s.log.declare(by).revoked = dawn
	}
	return by.sign(s, nil, s.raw()...)
}

func newStage(t testing.TB) *stage {
	s := newSource(t, "bka-gateway")
	events := s.searches(t, 0, 4)
	good, _ := s.batch(t, Position{Sequence: 1, From: dawn}, events...)
	return &stage{TB: t, log: newLog(s), source: s, by: s.id, at: noon, events: events, good: good}
}

func TestRefusals(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range tamperings {
		seen[c.code] = true
		t.Run(strings.ReplaceAll(string(c.code)+"/"+c.name, " ", "-"), func(t *testing.T) {
			s := newStage(t)
			if _, err := s.log.verifier().Verify(t.Context(), bytes.NewReader(s.good), s.by, s.at); err != nil {
				t.Fatalf("the batch is refused before it is changed: %v", err)
			}
			text := c.make(s)
			v := s.log.verifier()
			v.Limits = s.limits
			b, err := v.Verify(t.Context(), bytes.NewReader(text), s.by, s.at)
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			if refusal.Code != c.code {
				t.Fatalf("got %s (%v), want %s", refusal.Code, err, c.code)
			}
			switch {
			case c.leaf < 0 && refusal.Leaf != nil:
				t.Errorf("names leaf %d: %v", *refusal.Leaf, err)
			case c.leaf >= 0 && (refusal.Leaf == nil || *refusal.Leaf != c.leaf || refusal.Line != c.leaf+2):
				t.Errorf("does not name leaf %d: %v", c.leaf, err)
			}
			if b != nil && b.Leaves != nil {
				t.Error("leaves are handed on")
			}
			if msg := err.Error(); strings.Contains(msg, "12 Js") || strings.Contains(msg, "user-") || strings.Contains(msg, "A. B.") || len(msg) > 2000 {
				t.Errorf("the message repeats a personal value, or too much: %s", msg)
			}
		})
	}
	for _, c := range Codes() {
		if !seen[c] && c != SubjectsMismatch { // of signed plain events only
			t.Errorf("no tampering is refused with %s", c)
		}
	}
}

func TestChainedCertificateIsEnough(t *testing.T) {
	s := newStage(t)
	text := s.certified(dawn, noon, "")
	b, err := s.log.verifier().Verify(t.Context(), bytes.NewReader(text), s.by, s.at)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Leaves) != 4 || !keys.ValidID(b.Key) {
		t.Errorf("%d leaves under key %s", len(b.Leaves), b.Key)
	}
}

func TestOneGoodSignatureIsEnough(t *testing.T) {
	for name, text := range map[string]func(*stage) []byte{
		"after one of an unknown key": func(s *stage) []byte { return s.text(`"signatures":[`, `"signatures":[{"keyid":"x","sig":"AAAA"},`) },
		"after one that does not hold": func(s *stage) []byte {
			return s.text(`"signatures":[`, `"signatures":[{"keyid":"`+s.source.signer.ID()+`","sig":"AAAA"},`)
		},
		"no key named":                         func(s *stage) []byte { return s.text(s.source.signer.ID(), "") },
		"unknown member of envelope":           func(s *stage) []byte { return s.text(`"signatures":[`, `"note":{"a":[1]},"signatures":[`) },
		"unknown member of statement":          func(s *stage) []byte { return s.swap(`"predicateType"`, `"note":1,"predicateType"`) },
		"key declared under a name of its own": func(s *stage) []byte { s.log.keys[0].ID = "bka-gateway-2025"; return s.good },
		"declared name in keyid": func(s *stage) []byte {
			s.log.keys[0].ID = "bka-gateway-2025"
			return s.text(s.source.signer.ID(), "bka-gateway-2025")
		},
		"another key, expired, named": func(s *stage) []byte {
			other := newSource(s, "older")
			other.id = s.source.id
			s.log.declare(other).until = dawn
			return s.text(`"signatures":[`, `"signatures":[{"keyid":"`+other.signer.ID()+`","sig":"AAAA"},`)
		},
	} {
		s := newStage(t)
		submission := text(s)
		if _, err := s.log.verifier().Verify(t.Context(), bytes.NewReader(submission), s.by, s.at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

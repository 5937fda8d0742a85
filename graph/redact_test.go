package graph_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// wanted is an event about a picture and a person.
func wanted(id string, image int, person string) *event.Event {
	e := consult(id, image)
	e.Persons = []event.Person{{ID: person, Name: "Name of " + person}}
	return e
}

// handBatch seals events in a vault of their source and hands them in as its batch with a number.
func handBatch(t *testing.T, g *graph.Graph, v *vault.Vault, sequence int64, events ...*event.Event) ([]graph.Receipt, error) {
	t.Helper()
	b := &graph.Batch{Source: v.ID(), Sequence: sequence, Statement: fmt.Sprintf("sha256:%064x", sequence), Key: "key", Root: "root", Envelope: []byte("{}"), Wait: true}
	if sequence > 1 {
		b.Previous = fmt.Sprintf("sha256:%064x", sequence-1)
	}
	for _, e := range events {
		s, err := event.Seal(e, v.ID(), v, rand.Reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.Leaves = append(b.Leaves, graph.Leaf{Bytes: s.Leaf, Skeleton: s.Skeleton, Disclosures: s.Disclosures, Event: e})
	}
	receipts, _, _, err := g.Admit(context.Background(), b)
	return receipts, err
}

func sourceVault(t *testing.T, id string) *vault.Vault {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vault")
	root, err := vault.NewRoot(dir + ".key")
	if err == nil {
		err = vault.Create(dir, root, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(dir, root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func order(targets ...graph.Target) graph.RedactionOrder {
	return graph.RedactionOrder{Targets: targets, Requester: "data subject, file 12/26", Approver: "data-protection office", Basis: "LED Art. 16(2)"}
}

func redact(t *testing.T, g *graph.Graph, targets ...graph.Target) *graph.Redaction {
	t.Helper()
	done, err := g.Redact(context.Background(), order(targets...))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func plan(t *testing.T, g *graph.Graph, targets ...graph.Target) *graph.RedactionPlan {
	t.Helper()
	p, err := reader(t, g, "operator", graph.Oversight).PlanRedaction(context.Background(), targets, 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func entry(t *testing.T, g *graph.Graph, r graph.Receipt) *graph.Entry {
	t.Helper()
	e, err := reader(t, g, "auditor", graph.Oversight).Event(context.Background(), r.Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// closedIn lists what is closed in the whole log, entry by entry.
func closedIn(t *testing.T, g *graph.Graph) map[uint64][]string {
	t.Helper()
	out := map[uint64][]string{}
	v := reader(t, g, "auditor", graph.Oversight)
	for i := range g.Checkpoint().Size {
		e, err := v.Event(context.Background(), fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		for name, why := range e.Closed {
			if why != graph.Redacted {
				t.Errorf("entry %d: %s is %s", i, name, why)
			}
			out[i] = append(out[i], name)
		}
		slices.Sort(out[i])
	}
	return maps.Collect(func(yield func(uint64, []string) bool) {
		for i, names := range out {
			if len(names) > 0 && !yield(i, names) {
				return
			}
		}
	})
}

var (
	thePicture = graph.Target{Kind: event.SubjectImage, Identifier: digest(1)}
	thePerson  = graph.Target{Kind: event.SubjectPerson, Source: "bka-gateway", Identifier: "person-1"}
)

// What a plan says is what closes, under every pseudonym, and nothing else; the log still verifies, and a subject that is
// met again is another.
func TestRedact(t *testing.T) {
	g, dir := open(t)
	ctx := context.Background()
	own := record(t, g, "importer", wanted("a", 1, "person-1"), wanted("b", 2, "person-2"))
	theirs := sourceVault(t, "bka-gateway")
	sealed, err := handBatch(t, g, theirs, 1, wanted("c", 1, "person-1"), wanted("d", 3, "person-1"), wanted("e", 3, "person-3"))
	if err != nil {
		t.Fatal(err)
	}
	before := entry(t, g, sealed[0])
	size := g.Checkpoint().Size

	p := plan(t, g, thePicture, thePerson)
	if g.Checkpoint().Size != size || len(closedIn(t, g)) != 0 {
		t.Fatal("a plan has done something")
	}
	want := map[uint64][]string{
		own[0].Index:    {"/images/0/digest", "/justification"},
		sealed[0].Index: {"/images/0/digest", "/justification", "/persons/0/id", "/persons/0/name"},
		sealed[1].Index: {"/justification", "/persons/0/id", "/persons/0/name"},
	}
	if p.Entries != 3 || p.Readings != 0 || !reflect.DeepEqual(listed(p), want) {
		t.Errorf("planned %d entries: %v, want %v", p.Entries, listed(p), want)
	}
	if len(p.Subjects) != 2 || len(p.Subjects[0].Denotes) != 2 || len(p.Subjects[1].Denotes) != 2 {
		t.Errorf("subjects %+v", p.Subjects) // of the person the node's own, though it was never used
	}
	if want := []graph.FieldCount{{Kind: "CONSULT", Field: "/images/*/digest", Values: 2}, {Kind: "CONSULT", Field: "/justification", Values: 3},
		{Kind: "CONSULT", Field: "/persons/*/id", Values: 2}, {Kind: "CONSULT", Field: "/persons/*/name", Values: 2}}; !slices.Equal(p.Closes, want) {
		t.Errorf("closes %v", p.Closes)
	}
	if !slices.Contains(p.Stays, graph.FieldCount{Kind: "CONSULT", Field: "/actor/id", Values: 3}) ||
		!slices.Contains(p.Stays, graph.FieldCount{Kind: "CONSULT", Field: "/persons/*/id", Values: 1}) {
		t.Errorf("stays %v", p.Stays)
	}

	done := redact(t, g, thePicture, thePerson)
	check := func(g *graph.Graph, when string) {
		t.Helper()
		if got := closedIn(t, g); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: closed %v, want %v", when, got, want)
		}
		e := entry(t, g, sealed[0])
		if e.Event.Images[0].Digest != "" || e.Absent("/images/0/digest") != graph.Redacted || e.Event.Images[0].Pseudonym != before.Event.Images[0].Pseudonym ||
			e.LeafHash != before.LeafHash || e.Event.Actor.ID != "officer-1" {
			t.Errorf("%s: %+v", when, e)
		}
		v := reader(t, g, "auditor", graph.Oversight)
		page, err := v.Events(ctx, graph.EventFilter{Digests: []string{digest(1)}}, index.Recorded, graph.Pagination{First: 10})
		if err != nil || len(page.Entries) != 0 {
			t.Errorf("%s: the digest finds %d entries, %v", when, len(page.Entries), err)
		}
		if trail, err := v.Image(ctx, graph.ImageRef{Digest: digest(1)}, graph.AsOf{}); err != nil || trail != nil {
			t.Errorf("%s: the digest finds %+v, %v", when, trail, err)
		}
		if trail, err := v.Image(ctx, graph.ImageRef{Pseudonym: before.Event.Images[0].Pseudonym}, graph.AsOf{}); err != nil || trail == nil || trail.Digest != "" || trail.Absent != graph.Redacted {
			t.Errorf("%s: the pseudonym finds %+v, %v", when, trail, err)
		}
		page, err = v.Events(ctx, graph.EventFilter{Persons: []graph.Identity{{Source: "bka-gateway", Identifier: "person-1"}}}, index.Recorded, graph.Pagination{First: 10})
		if err != nil || len(page.Entries) != 0 {
			t.Errorf("%s: the person is found in %d entries, %v", when, len(page.Entries), err)
		}
		proof, err := v.Prove(ctx, sealed[0].Entry.String())
		if err != nil {
			t.Fatal(when, err)
		}
		if err := tlog.CheckRecord(proof.Path, int64(proof.Size), proof.Head.Root, int64(proof.Index), before.LeafHash); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	check(g, "at once")
	if len(done.Entries) != 2 || done.Entries[0].Index != size || done.Head.Size != size+2 || done.RootFile != dir+".keys/root.key" || len(done.Already) != 0 {
		t.Errorf("done %+v", done)
	}
	e := entry(t, g, graph.Receipt{Entry: done.Entries[1].ID})
	if r := e.Event.Redaction; e.Event.Kind != event.KindRedact || r == nil || r.Subject != event.SubjectPerson || !slices.Equal(r.Denotes, p.Subjects[1].Denotes) ||
		r.Requester != "data subject, file 12/26" || r.Approver != "data-protection office" || r.Basis != "LED Art. 16(2)" {
		t.Errorf("REDACT entry %+v", e.Event.Redaction)
	}

	// Again: it says so and does nothing. By the pseudonym the entry is told.
	size = g.Checkpoint().Size
	if again := redact(t, g, thePicture, thePerson); len(again.Entries) != 0 || len(again.Already) != 2 || g.Checkpoint().Size != size {
		t.Errorf("again: %+v", again)
	}
	byMark := graph.Target{Kind: event.SubjectImage, Pseudonym: before.Event.Images[0].Pseudonym}
	if p := plan(t, g, thePicture, byMark); p.Entries != 0 || len(p.Closes) != 0 || !slices.Equal(p.Subjects[1].Redactions, []uint64{done.Entries[0].Index}) {
		t.Errorf("planned again: %+v", p)
	}

	// Used again the pseudonym is refused; met anew the picture has another.
	if _, err := handBatch(t, g, theirs, 2, wanted("f", 1, "person-9")); graph.CodeOf(err) != vault.CodePseudonymRedacted {
		t.Errorf("the picture's pseudonym is used again: %v", err)
	}
	if _, err := handBatch(t, g, theirs, 2, wanted("f", 9, "person-1")); graph.CodeOf(err) != vault.CodePseudonymRedacted {
		t.Errorf("the person's pseudonym is used again: %v", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := graph.Verify(dir, graph.Options{}, nil, nil); err != nil || len(r.Findings) > 0 || r.Size != size {
		t.Errorf("the log does not verify: %+v %v", r, err)
	}
	g = reopen(t, dir)
	check(g, "opened again")
	fresh := entry(t, g, record(t, g, "importer", wanted("g", 1, "person-1"))[0])
	if mark := entry(t, g, own[0]).Event.Images[0].Pseudonym; fresh.Event.Images[0].Pseudonym == mark || fresh.Event.Images[0].Digest != digest(1) {
		t.Errorf("met again: %+v", fresh.Event.Images)
	}
	page, err := reader(t, g, "auditor", graph.Oversight).Events(ctx, graph.EventFilter{Digests: []string{digest(1)}}, index.Recorded, graph.Pagination{First: 10})
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Index != fresh.Index {
		t.Errorf("met again it finds %d entries, %v", len(page.Entries), err)
	}
	// And may be redacted again.
	if again := redact(t, g, thePicture); len(again.Entries) != 1 || entry(t, g, graph.Receipt{Entry: fresh.ID}).Event.Images[0].Digest != "" {
		t.Errorf("redacted again: %+v", again)
	}
}

func listed(p *graph.RedactionPlan) map[uint64][]string {
	out := map[uint64][]string{}
	for _, e := range p.Listed {
		out[e.Index] = e.Fields
	}
	return out
}

// By a pseudonym alone the same is destroyed as by the identifier: nothing makes the pseudonym again.
func TestRedactByPseudonym(t *testing.T) {
	g, _ := open(t)
	r := record(t, g, "bka-gateway", wanted("a", 1, "person-1"))
	sealed, err := handBatch(t, g, sourceVault(t, "bka-gateway"), 1, wanted("c", 1, "person-1"))
	if err != nil {
		t.Fatal(err)
	}
	first, theirs := entry(t, g, r[0]).Event, entry(t, g, sealed[0]).Event
	for name, c := range map[string]graph.Target{
		"own":    {Kind: event.SubjectImage, Pseudonym: first.Images[0].Pseudonym},
		"theirs": {Kind: event.SubjectPerson, Pseudonym: theirs.Persons[0].Pseudonym},
		"case":   {Kind: event.SubjectCase, Pseudonym: first.Case.Pseudonym},
		"actor":  {Kind: event.SubjectActor, Source: "bka-gateway", Identifier: "officer-1"},
		"entry":  {Kind: event.SubjectEntry, Pseudonym: r[0].Entry},
	} {
		want, before := listed(plan(t, g, c)), closedIn(t, g)
		redact(t, g, c)
		for i, names := range closedIn(t, g) {
			names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(before[i], n) })
			if !slices.Equal(names, want[i]) {
				t.Errorf("%s: entry %d: closed %v, planned %v", name, i, names, want[i])
			}
			delete(want, i)
		}
		if len(want) > 0 {
			t.Errorf("%s: planned and not closed: %v", name, want)
		}
	}
	now := entry(t, g, record(t, g, "bka-gateway", wanted("z", 1, "person-1"))[0]).Event
	if now.Images[0].Pseudonym == first.Images[0].Pseudonym || now.Persons[0].Pseudonym == first.Persons[0].Pseudonym || now.Case.Pseudonym == first.Case.Pseudonym {
		t.Errorf("a redacted pseudonym is made again: %+v", now)
	}
	if e := entry(t, g, r[0]); e.Event.ID != "" || e.Absent("/id") != graph.Redacted || e.Event.Justification != "" || e.Event.Case.Reference != "" {
		t.Errorf("%+v", e.Event)
	}
}

// A value about two subjects closes with either.
func TestValueOfTwoClosesWithEither(t *testing.T) {
	for name, target := range map[string]graph.Target{"picture": thePicture, "person": thePerson} {
		g, _ := open(t)
		r := record(t, g, "bka-gateway", wanted("a", 1, "person-1"))
		redact(t, g, target)
		e := entry(t, g, r[0])
		if e.Event.Justification != "" || e.Absent("/justification") != graph.Redacted {
			t.Errorf("%s: %q", name, e.Event.Justification)
		}
		if (e.Event.Images[0].Digest == "") != (name == "picture") || (e.Event.Persons[0].ID == "") != (name == "person") {
			t.Errorf("%s: %+v", name, e.Event)
		}
	}
}

// The envelope of a signed plain event holds all of it, so it closes with any of its subjects, and the plan counts it.
func TestEnvelopeClosesWithTheSubject(t *testing.T) {
	g, _ := open(t)
	rs, _, err := g.RecordSigned(context.Background(), "bka-gateway", wanted("a", 1, "person-1"), graph.SignedBy{Key: "key", Envelope: []byte("the event")}, time.Now(), true)
	if err != nil {
		t.Fatal(err)
	}
	if got := listed(plan(t, g, thePerson))[rs[0].Index]; !slices.Equal(got, []string{"/justification", "/persons/0/id", "/persons/0/name", "envelope"}) {
		t.Errorf("planned %v", got)
	}
	v := reader(t, g, "auditor", graph.Oversight)
	if text, err := v.Envelope(context.Background(), rs[0].Entry.String()); err != nil || string(text) != "the event" {
		t.Fatalf("%q %v", text, err)
	}
	redact(t, g, thePerson)
	if text, err := v.Envelope(context.Background(), rs[0].Entry.String()); graph.CodeOf(err) != graph.CodeNotFound {
		t.Errorf("the envelope still opens: %q %v", text, err)
	}
}

// A reader's name in the access ledger can be redacted as well.
func TestRedactReader(t *testing.T) {
	g, _ := open(t)
	record(t, g, "bka-gateway", consult("a", 1))
	ask(t, reader(t, g, "nosy", graph.Oversight), 1)
	nosy := graph.Target{Kind: event.SubjectActor, Source: graph.LogID, Identifier: "nosy"}
	p := plan(t, g, nosy)
	if p.Readings != 1 || p.Entries != 0 || len(p.Listed) != 1 || !p.Listed[0].Accesses || !slices.Equal(p.Listed[0].Fields, []string{"/actor/id", "/justification"}) {
		t.Errorf("planned %+v", p)
	}
	redact(t, g, nosy)
	rs := accesses(t, reader(t, g, "auditor", graph.Oversight), graph.AccessFilter{})
	if len(rs) != 1 || rs[0].Reader != "" || rs[0].Absent != graph.Redacted || rs[0].TextAbsent != graph.Redacted {
		t.Errorf("%+v", rs[0])
	}
}

// The log has the intent and the vault has not done it: killed in between, or restored from a backup of before. Whoever
// opens the directory finds it done.
func TestRedactionIsFinishedAtOpen(t *testing.T) {
	g, dir := open(t)
	r := record(t, g, "bka-gateway", wanted("a", 1, "person-1"), wanted("b", 2, "person-2"))
	theirs := sourceVault(t, "bka-gateway")
	if _, err := handBatch(t, g, theirs, 1, wanted("c", 1, "person-1")); err != nil {
		t.Fatal(err)
	}
	first := entry(t, g, r[0]).Event
	close := func() {
		t.Helper()
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close()
	old := t.TempDir()
	keep := func(from, to string) {
		t.Helper()
		if err := os.RemoveAll(to); err == nil || os.IsNotExist(err) {
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep(filepath.Join(dir, "vault"), filepath.Join(old, "vault"))
	root, err := os.ReadFile(dir + ".keys/root.key")
	if err != nil {
		t.Fatal(err)
	}

	g = reopen(t, dir)
	redact(t, g, thePicture, thePerson)
	again := entry(t, g, record(t, g, "bka-gateway", wanted("d", 1, "person-1"))[0]).Event
	redact(t, g, thePicture) // the second pseudonym, too
	want, size := closedIn(t, g), g.Checkpoint().Size
	close()

	keep(filepath.Join(old, "vault"), filepath.Join(dir, "vault"))
	if err := os.WriteFile(dir+".keys/root.key", root, 0o600); err != nil {
		t.Fatal(err)
	}
	g = reopen(t, dir)
	if got := closedIn(t, g); !reflect.DeepEqual(got, want) {
		t.Errorf("closed %v, want %v", got, want)
	}
	if g.Checkpoint().Size != size {
		t.Errorf("finishing it wrote %d entries", g.Checkpoint().Size-size)
	}
	if now, err := os.ReadFile(dir + ".keys/root.key"); err != nil || string(now) == string(root) {
		t.Errorf("the root key is the old one: %v", err)
	}
	if _, err := handBatch(t, g, theirs, 2, wanted("f", 1, "person-9")); graph.CodeOf(err) != vault.CodePseudonymRedacted {
		t.Errorf("the pseudonym is used again: %v", err)
	}
	now := entry(t, g, record(t, g, "bka-gateway", wanted("e", 1, "person-1"))[0]).Event
	if p := now.Images[0].Pseudonym; p == first.Images[0].Pseudonym || p == again.Images[0].Pseudonym || now.Persons[0].Pseudonym == first.Persons[0].Pseudonym {
		t.Errorf("a redacted pseudonym is made again: %+v", now)
	}
	if redone := redact(t, g, thePerson); len(redone.Entries) != 1 { // of the pseudonym met since
		t.Errorf("%+v", redone)
	}
}

// What was sealed before a redaction and is queued after it is sealed anew.
func TestSealedBeforeARedaction(t *testing.T) {
	g, _ := open(t)
	r := record(t, g, "bka-gateway", wanted("a", 1, "person-1"))
	p, err := g.Prepare("bka-gateway", []*event.Event{wanted("b", 1, "person-2"), wanted("c", 2, "person-2")})
	if err != nil {
		t.Fatal(err)
	}
	redact(t, g, thePicture)
	pending, err := g.Submit(context.Background(), p, true)
	if err != nil {
		t.Fatal(err)
	}
	late, _, err := pending.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	e := entry(t, g, late[0])
	if e.Event.Images[0].Pseudonym == entry(t, g, r[0]).Event.Images[0].Pseudonym || e.Event.Images[0].Digest != digest(1) || e.LeafHash != late[0].LeafHash || len(e.Closed) != 0 {
		t.Errorf("%+v %v", e.Event.Images, e.Closed)
	}
	if e := entry(t, g, late[1]); e.Event.Images[0].Digest != digest(2) || e.LeafHash != late[1].LeafHash {
		t.Errorf("%+v", e)
	}
}

// The log's own word about a pseudonym does not make an exercise real.
func TestTrailOfARedactedExercise(t *testing.T) {
	g, _ := open(t)
	e := consult("a", 1)
	e.Exercise = true
	mark := entry(t, g, record(t, g, "bka-gateway", e)[0]).Event.Images[0].Pseudonym
	redact(t, g, thePicture)
	trail, err := reader(t, g, "auditor", graph.Oversight).Image(context.Background(), graph.ImageRef{Pseudonym: mark}, graph.AsOf{})
	if err != nil || trail == nil || !trail.Exercise || !slices.Equal(trail.Kinds, []graph.KindCount{{Kind: event.KindConsult, Count: 1}, {Kind: event.KindRedact, Count: 1}}) {
		t.Errorf("%+v %v", trail, err)
	}
}

// What is no order does nothing.
func TestRedactionsRefused(t *testing.T) {
	g, _ := open(t)
	record(t, g, "bka-gateway", wanted("a", 1, "person-1"))
	size := g.Checkpoint().Size
	for name, c := range map[string]struct {
		change func(*graph.RedactionOrder)
		code   string
	}{
		"nobody":       {func(o *graph.RedactionOrder) { o.Targets = nil }, graph.CodeBadArgument},
		"no requester": {func(o *graph.RedactionOrder) { o.Requester = " " }, graph.CodeBadArgument},
		"no approver":  {func(o *graph.RedactionOrder) { o.Approver = "" }, graph.CodeBadArgument},
		"no basis":     {func(o *graph.RedactionOrder) { o.Basis = "" }, graph.CodeBadArgument},
		"two lines":    {func(o *graph.RedactionOrder) { o.Basis = "a\nb" }, graph.CodeBadArgument},
		"alone":        {func(o *graph.RedactionOrder) { o.Approver = "DATA subject,  file 12/26 " }, graph.CodeSameApprover},
		"names":        {func(o *graph.RedactionOrder) { o.Basis = "request of Person-1" }, graph.CodeNamesSubject},
		"unknown":      {func(o *graph.RedactionOrder) { o.Targets[0].Identifier = "person-7" }, graph.CodeNotFound},
		"other source": {func(o *graph.RedactionOrder) { o.Targets[0].Source = "importer" }, graph.CodeNotFound},
		"no source":    {func(o *graph.RedactionOrder) { o.Targets[0].Source = "" }, graph.CodeBadArgument},
		"other kind":   {func(o *graph.RedactionOrder) { o.Targets[0].Kind = event.SubjectActor }, graph.CodeNotFound},
		"no kind":      {func(o *graph.RedactionOrder) { o.Targets[0].Kind = "HORSE" }, graph.CodeBadArgument},
		"one of two": {func(o *graph.RedactionOrder) {
			o.Targets = append(o.Targets, graph.Target{Kind: event.SubjectImage, Identifier: digest(9)})
		}, graph.CodeNotFound},
		"no digest": {func(o *graph.RedactionOrder) {
			o.Targets = []graph.Target{{Kind: event.SubjectImage, Identifier: "a.jpg"}}
		}, graph.CodeBadArgument},
		"both": {func(o *graph.RedactionOrder) { o.Targets[0].Pseudonym = event.Pseudonym{1} }, graph.CodeBadArgument},
		"other pseudonym": {func(o *graph.RedactionOrder) {
			o.Targets = []graph.Target{{Kind: event.SubjectCase, Pseudonym: event.Pseudonym{1}}}
		}, graph.CodeNotFound},
		"too many": {func(o *graph.RedactionOrder) { o.Targets = make([]graph.Target, graph.MaxRedacted+1) }, graph.CodeTooMany},
	} {
		o := order(thePerson)
		c.change(&o)
		if done, err := g.Redact(context.Background(), o); graph.CodeOf(err) != c.code {
			t.Errorf("%s: %+v, %v", name, done, err)
		} else if strings.Contains(err.Error(), "person-") {
			t.Errorf("%s: the error names somebody: %v", name, err)
		}
	}
	if g.Checkpoint().Size != size || len(closedIn(t, g)) != 0 {
		t.Error("something was done")
	}
	if _, err := reader(t, g, "dpo", graph.DPO, "de-bka").PlanRedaction(context.Background(), []graph.Target{thePerson}, 1, nil); graph.CodeOf(err) != graph.CodeForbidden {
		t.Errorf("a dpo plans: %v", err)
	}
}

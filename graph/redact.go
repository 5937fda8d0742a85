package graph

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
	"github.com/lichtspur/lichtspur/graph/vault"
)

// A redaction is an intent and its execution. The intent is the REDACT entries: they say whose keys are destroyed, who
// asked, who released it and on what basis, and are durable and signed before the first key goes. The execution is one
// [vault.Vault.Puncture]: all of the keys or none. In the other order a crash between the two would leave values closed
// and nobody who answers for it, and the identifiers, by which the rest would have to be found, gone. So there is one
// state in between, the log says it and the vault has not done it, and [Open] ends it before anything is served: what
// REDACT entries name and the vault still holds is punctured. The same mends a vault that was restored from a backup
// of before.

// RedactionOrder is who wants which subjects redacted, and why. Requester, approver and basis stand in the log in the
// clear and for good: they name offices and file numbers, never the subject.
type RedactionOrder struct {
	Targets                    []Target
	Requester, Approver, Basis string // one line each; requester and approver are two
}

// Redaction is what a [Graph.Redact] did.
type Redaction struct {
	Entries  []RedactEntry // that it wrote, in the order of the targets
	Already  []Target      // whose keys were gone before; nothing was written about them
	Head     ledger.Head   // covers the entries; zero where there is none
	RootFile string        // of the root key that was replaced; "" where it came from the environment and stays as it is
}

// RedactEntry is one REDACT entry of the log.
type RedactEntry struct {
	Index    uint64
	ID       event.Pseudonym
	Recorded time.Time
	event.Redaction
}

// MaxRedacted is how many subjects one order may name.
const MaxRedacted = 500

// maxDenotes is how many pseudonyms stand in one REDACT entry, so that its leaf does not grow too large. A subject has
// one of each sealer that met it.
const maxDenotes = 500

// Redact destroys the keys of the targets, all or none: their values are closed for good, their pseudonyms refused from
// now on. When it returns without an error it is done and durable, and a subject that was redacted before is told, not
// redacted again. It fails, and nothing is done, with [CodeBadArgument], [CodeSameApprover], [CodeNamesSubject],
// [CodeNotFound] where nothing is recorded of a target, and [CodeTooMany].
//
// An error after the entries are durable says so. Then the next [Open], or the next Redact, finishes it.
//
// Nothing is taken in meanwhile. Who reads meanwhile may still see a value that is about to close.
func (g *Graph) Redact(ctx context.Context, o RedactionOrder) (*Redaction, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.finishRedactions(); err != nil {
		return nil, err
	}
	out := &Redaction{RootFile: g.vault.RootFile()}
	var subjects []vault.Subject
	var group []ledger.Entry
	named := map[event.Denotation]bool{} // two targets may be one subject
	for _, t := range o.Targets {
		s, err := g.aim(t)
		if err != nil {
			return nil, err
		}
		if err := o.discreet(s.subjects); err != nil {
			return nil, err
		}
		fresh := slices.DeleteFunc(slices.Clone(s.denotes), func(d event.Denotation) bool { return named[d] })
		if len(fresh) == 0 {
			if len(s.denotes) == 0 {
				out.Already = append(out.Already, t)
			}
			continue
		}
		for some := range slices.Chunk(fresh, maxDenotes) {
			r := event.Redaction{Subject: t.Kind, Denotes: some, Requester: o.Requester, Approver: o.Approver, Basis: o.Basis}
			entry, err := g.redactEntry(&r)
			if err != nil {
				return nil, err
			}
			sk := entry.Parsed.(*event.Skeleton)
			group = append(group, entry)
			out.Entries = append(out.Entries, RedactEntry{ID: sk.Entry, Recorded: entry.Recorded, Redaction: r})
		}
		for _, d := range fresh {
			named[d] = true
		}
		subjects = append(subjects, s.subjects...)
	}
	if len(group) == 0 {
		return out, nil
	}
	ticket, err := g.ledger.SubmitWait(ctx, group)
	if err != nil {
		return nil, fmt.Errorf("record the redaction: %w", err)
	}
	first, head, err := ticket.Wait(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fmt.Errorf("record the redaction: %w", err)
	}
	for i := range out.Entries {
		out.Entries[i].Index = first + uint64(i)
	}
	out.Head = head
	// What is sealed and not queued yet is sealed anew, or refused where its source sealed it: see sealedBefore.
	g.redactions.Add(1)
	gone, err := g.vault.Puncture(subjects...)
	if err != nil {
		return nil, fmt.Errorf("the redaction is recorded (entry %d) and the keys are not destroyed yet; it is finished when the data directory is opened next: %w", first, err)
	}
	for _, d := range gone {
		if !named[d] { // it cannot be, since nothing is met while g.mu is held
			return nil, fmt.Errorf("pseudonym %s of sealer %s was redacted, and no entry says so", d.Pseudonym, d.Sealer)
		}
	}
	g.tables.forget()
	return out, nil
}

// check says what is wrong with an order by itself.
func (o *RedactionOrder) check() error {
	if len(o.Targets) == 0 {
		return &Error{Code: CodeBadArgument, Message: "whose keys? a redaction names at least one subject"}
	}
	if len(o.Targets) > MaxRedacted {
		return &Error{Code: CodeTooMany, Message: fmt.Sprintf("%d subjects at once, at most %d are possible", len(o.Targets), MaxRedacted)}
	}
	for _, f := range []struct{ name, text string }{{"requester", o.Requester}, {"approver", o.Approver}, {"basis", o.Basis}} {
		if strings.TrimSpace(f.text) == "" {
			return &Error{Code: CodeBadArgument, Message: "a redaction says who asked, who released it and on what basis; the " + f.name + " is missing"}
		}
	}
	e := redactEvent(&event.Redaction{Subject: event.SubjectEntry, Denotes: []event.Denotation{{Sealer: LogID, Pseudonym: event.Pseudonym{1}}},
		Requester: o.Requester, Approver: o.Approver, Basis: o.Basis})
	if faults := e.ValidateOwn(); len(faults) > 0 {
		return &Error{Code: CodeBadArgument, Message: "the redaction cannot be recorded", Err: faults}
	}
	if strings.EqualFold(squeezed(o.Requester), squeezed(o.Approver)) {
		return &Error{Code: CodeSameApprover, Message: "who releases a redaction is another than who asks for it"}
	}
	return nil
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// discreet refuses an order whose words name a subject: they stand in the log for good.
func (o *RedactionOrder) discreet(subjects []vault.Subject) error {
	for i := range subjects {
		id := strings.ToLower(strings.TrimPrefix(subjects[i].Identifier, "sha256:"))
		if len(id) < 3 { // it would be found in any word
			continue
		}
		for _, f := range []struct{ name, text string }{{"requester", o.Requester}, {"approver", o.Approver}, {"basis", o.Basis}} {
			if strings.Contains(strings.ToLower(f.text), id) {
				return &Error{Code: CodeNamesSubject, Message: "the " + f.name + " names the subject, and it stands in the log in the clear and for good; name a file number instead"}
			}
		}
	}
	return nil
}

func redactEvent(r *event.Redaction) *event.Event {
	d := r.Denotes[0]
	return &event.Event{ID: fmt.Sprintf("redact/%s/%s/%s", r.Subject, d.Sealer, d.Pseudonym), Kind: event.KindRedact, Redaction: r}
}

// redactEntry seals one REDACT entry. A pseudonym is redacted once, so its id is that of the first one.
func (g *Graph) redactEntry(r *event.Redaction) (ledger.Entry, error) {
	e := redactEvent(r)
	if faults := e.ValidateOwn(); len(faults) > 0 {
		return ledger.Entry{}, fmt.Errorf("REDACT entry: %w", faults)
	}
	return g.ownEntry(e, nil)
}

// finishRedactions destroys what REDACT entries of the log name and the vault still holds.
func (g *Graph) finishRedactions() error {
	f := index.Filter{Kinds: []event.Kind{event.KindRedact}}
	for i := range g.head.Select(f, index.Recorded, g.head.Size(), index.Position(0)) {
		sk, err := g.skeleton(i)
		if err != nil {
			return err
		}
		if sk.Sealer != LogID || sk.Redaction == nil {
			continue
		}
		var left []vault.Subject
		for _, d := range sk.Redaction.Denotes {
			gone, err := g.vault.Redacted(d.Sealer, d.Pseudonym)
			if err != nil {
				return fmt.Errorf("redaction in entry %d: %w", i, err)
			}
			if gone {
				continue
			}
			// The values are open still, so the identifier can be read, by which nothing of it is found again.
			s, err := g.identified(sk.Redaction.Subject, d)
			if err != nil {
				return fmt.Errorf("redaction in entry %d: %w", i, err)
			}
			left = append(left, s)
		}
		if left == nil {
			continue
		}
		if _, err := g.vault.Puncture(left...); err != nil {
			return fmt.Errorf("finish the redaction in entry %d: %w", i, err)
		}
		g.redactions.Add(1)
		g.tables.forget()
		g.opts.Logger.Warn("the keys of a redaction were still there, and are destroyed now", "entry", i, "pseudonyms", len(left))
	}
	return nil
}

// sealedBefore reports whether a leaf that was sealed before a redaction, and is not queued yet, names what was redacted
// since. It runs under g.mu.
func (g *Graph) sealedBefore(sk *event.Skeleton) (event.Denotation, bool, error) {
	var found event.Denotation
	var fail error
	eachSubject(&sk.Event, func(_ event.SubjectKind, p event.Pseudonym, _ string) {
		if fail != nil || !found.Pseudonym.IsZero() || p.IsZero() {
			return
		}
		gone, err := g.vault.Redacted(sk.Sealer, p)
		if err != nil {
			fail = err
		} else if gone {
			found = event.Denotation{Sealer: sk.Sealer, Pseudonym: p}
		}
	})
	return found, !found.Pseudonym.IsZero(), fail
}

// eachSubject calls f for each image, actor, person, case and record of an event, with the value that its pseudonym was
// made from where that is open.
func eachSubject(e *event.Event, f func(kind event.SubjectKind, p event.Pseudonym, identifier string)) {
	actor := func(a *event.Actor) {
		if a != nil {
			f(event.SubjectActor, a.Pseudonym, cmp.Or(a.ID, a.Name))
		}
	}
	for i := range e.Images {
		f(event.SubjectImage, e.Images[i].Pseudonym, e.Images[i].Digest)
	}
	for i := range e.Persons {
		f(event.SubjectPerson, e.Persons[i].Pseudonym, cmp.Or(e.Persons[i].ID, e.Persons[i].Name))
	}
	actor(e.Actor)
	for i := range e.Verifiers {
		actor(&e.Verifiers[i])
	}
	if e.Authorisation != nil {
		actor(e.Authorisation.By)
	}
	if e.Case != nil {
		f(event.SubjectCase, e.Case.Pseudonym, e.Case.Reference)
	}
	for i := range e.Records {
		f(event.SubjectRecord, e.Records[i].Pseudonym, e.Records[i].Reference)
	}
}

// byDenotation orders pseudonyms.
func byDenotation(a, b event.Denotation) int {
	return cmp.Or(strings.Compare(a.Sealer, b.Sealer), bytes.Compare(a.Pseudonym[:], b.Pseudonym[:]))
}

package graph

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Reading is an act: whoever reads through a [View] accounts for it with [View.Account], after the answer is made and
// before its first byte goes out. The entry says who read and why, in which operation, how much, and as of which state
// of the log. It lists the subjects that the question named and those in entries that were opened by their id, which
// the view collects by itself; rows of lists are not listed.

// Access is what the caller knows of a reading, beside what the view knows.
type Access struct {
	Way       event.AccessWay   // how it was read; required
	Operation string            // name of the operation, "" for none
	Document  string            // "sha256:…" of the text of the operation, without what is personal in it
	Stage     event.AccessStage // of a subscription
	Bytes     int64             // of the answer; of a stage: since the one before
	Rows      int64             // in the answer, beside what the view itself gave out
}

// MaxSubjects is how many subjects one request may open, so that all of them can be listed in one entry.
const MaxSubjects = 2000

// MaxPurposeText is how many bytes a purpose in words may have.
const MaxPurposeText = 1000

const maxOperation = 200 // bytes of an operation's name that are kept

var errSubjects = &Error{Code: CodeTooMany, Message: fmt.Sprintf("the request opens more than %d pictures, persons, cases and others, which is how many the entry about it can name; ask for fewer at a time", MaxSubjects)}

// touched is a pseudonym with what it stands for.
type touched struct {
	kind event.SubjectKind
	event.Denotation
}

// reading is what was read through a view since it was last accounted for.
type reading struct {
	mu     sync.Mutex
	opened map[touched]bool
	rows   int64
	size   uint64          // the greatest tree size that something was answered as of
	asked  bool            // some tree size was
	begun  event.Pseudonym // entry of the subscription's first stage
}

// hold notes the tree size that an answer holds for.
func (r *reading) hold(size uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size, r.asked = max(r.size, size), true
}

// gave notes rows that were given out.
func (r *reading) gave(rows int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows += int64(rows)
}

func (r *reading) touch(kind event.SubjectKind, ds ...event.Denotation) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range ds {
		if d.Pseudonym.IsZero() {
			continue
		}
		if r.opened == nil {
			r.opened = map[touched]bool{}
		}
		s := touched{kind, d}
		if !r.opened[s] && len(r.opened) == MaxSubjects {
			return errSubjects
		}
		r.opened[s] = true
	}
	return nil
}

// touches notes a subject that a question named by what identifies it: by the first of its pseudonyms, which is the
// node's own whether it was ever used or not, and by those that stand in the log.
func (v *View) touches(kind event.SubjectKind, ds []event.Denotation) error {
	for i, d := range ds {
		if i == 0 || v.g.stands(kind, d) {
			if err := v.reading.touch(kind, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// touchesPseudonym notes a subject that a question named by a pseudonym, and returns what it may be: that of every
// sealer. Where it stands in the log it is noted as it stands there, else as the node's own.
func (v *View) touchesPseudonym(kind event.SubjectKind, p event.Pseudonym) ([]event.Denotation, error) {
	ds := v.denotations([]event.Pseudonym{p})
	var stand []event.Denotation
	for _, d := range ds {
		if v.g.stands(kind, d) {
			stand = append(stand, d)
		}
	}
	if stand == nil {
		stand = ds[:1]
	}
	return ds, v.reading.touch(kind, stand...)
}

// touchesEntry notes the subjects in an entry that was opened by its id.
func (v *View) touchesEntry(e *Entry) error {
	v.reading.gave(1)
	var err error
	note := func(kind event.SubjectKind, p event.Pseudonym) {
		if err == nil {
			err = v.reading.touch(kind, event.Denotation{Sealer: e.Sealer, Pseudonym: p})
		}
	}
	actor := func(a *event.Actor) {
		if a != nil {
			note(event.SubjectActor, a.Pseudonym)
		}
	}
	ev := e.Event
	for i := range ev.Images {
		note(event.SubjectImage, ev.Images[i].Pseudonym)
	}
	for i := range ev.Persons {
		note(event.SubjectPerson, ev.Persons[i].Pseudonym)
	}
	if ev.Case != nil {
		note(event.SubjectCase, ev.Case.Pseudonym)
	}
	for i := range ev.Records {
		note(event.SubjectRecord, ev.Records[i].Pseudonym)
	}
	actor(ev.Actor)
	for i := range ev.Verifiers {
		actor(&ev.Verifiers[i])
	}
	if ev.Authorisation != nil {
		actor(ev.Authorisation.By)
	}
	return err
}

// stands reports whether a pseudonym, or what is linked to it, stands in an entry of the log.
func (g *Graph) stands(kind event.SubjectKind, d event.Denotation) bool {
	for range g.head.Select(subject(kind, d), index.Recorded, g.head.Size(), index.Position(0)) {
		return true
	}
	return false
}

// take returns what was read and begins anew.
func (r *reading) take() (opened []touched, rows int64, size uint64, asked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.opened {
		opened = append(opened, s)
	}
	rows, size, asked = r.rows, r.size, r.asked
	r.opened, r.rows, r.size, r.asked = nil, 0, 0, false
	slices.SortFunc(opened, func(a, b touched) int {
		if a.kind != b.kind {
			return strings.Compare(string(a.kind), string(b.kind))
		}
		if a.Sealer != b.Sealer {
			return strings.Compare(a.Sealer, b.Sealer)
		}
		return bytes.Compare(a.Pseudonym[:], b.Pseudonym[:])
	})
	return opened, rows, size, asked
}

// Account writes the one entry of a request, or of a stage of a subscription, into the access ledger, and returns when
// it is durable. Where it fails the answer must not go out.
//
// What the view collected since the last time is in the entry; a view serves one request. The stages of a subscription
// after the first belong to the entry of the first.
func (v *View) Account(ctx context.Context, a Access) error {
	entry, err := v.accessEntry(&a)
	if err != nil {
		return fmt.Errorf("access ledger: %w", err)
	}
	ticket, err := v.g.journal.ledger.SubmitWait(ctx, []ledger.Entry{entry})
	if err == nil {
		_, _, err = ticket.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("access ledger: %w", err)
	}
	if a.Stage == event.StageOpen {
		v.reading.mu.Lock()
		v.reading.begun = entry.Parsed.(*event.Skeleton).Entry
		v.reading.mu.Unlock()
	}
	return nil
}

// accessEntry seals what was read.
func (v *View) accessEntry(a *Access) (ledger.Entry, error) {
	opened, rows, size, asked := v.reading.take()
	if !asked {
		size = v.g.head.Size()
	}
	id := make([]byte, 16)
	if _, err := io.ReadFull(v.g.opts.Random, id); err != nil {
		return ledger.Entry{}, err
	}
	own := &event.Access{
		Role: string(v.viewer.Role), Way: a.Way, Stage: a.Stage, Operation: clip(a.Operation), Document: a.Document,
		Bytes: a.Bytes, Rows: a.Rows + rows, Size: int64(size),
	}
	now := v.g.catalog.AsOf(v.g.head.Size())
	for _, name := range v.viewer.Organisations {
		if e, ok := now.Organisation(name); ok {
			name = e.ID
		}
		if !slices.Contains(own.Organisations, name) {
			own.Organisations = append(own.Organisations, name)
		}
	}
	slices.Sort(own.Organisations)
	for _, s := range opened {
		n := len(own.Opened)
		if n == 0 || own.Opened[n-1].Subject != s.kind || own.Opened[n-1].Sealer != s.Sealer {
			own.Opened = append(own.Opened, event.Opened{Subject: s.kind, Sealer: s.Sealer})
			n++
		}
		own.Opened[n-1].Pseudonyms = append(own.Opened[n-1].Pseudonyms, s.Pseudonym)
	}
	var err error
	if own.Owners, err = v.g.owners(opened); err != nil {
		return ledger.Entry{}, err
	}
	e := &event.Event{
		ID: "access/" + hex.EncodeToString(id), Kind: event.KindConsult, Access: own,
		Actor: &event.Actor{ID: v.viewer.Name}, Purpose: v.viewer.Purpose.slug(), Justification: v.viewer.PurposeText,
	}
	if v.viewer.Name == "" {
		e.Actor.Automated = true // there is nobody to name
	}
	v.reading.mu.Lock()
	if a.Stage != "" && a.Stage != event.StageOpen && !v.reading.begun.IsZero() {
		e.Relates = []event.Reference{{Relation: event.RelationBelongsTo, Entry: v.reading.begun}}
	}
	v.reading.mu.Unlock()
	if faults := e.ValidateOwn(); len(faults) > 0 {
		return ledger.Entry{}, faults
	}
	return v.g.ownEntry(e, nil)
}

// slug is the purpose as it stands in an entry.
func (p Purpose) slug() string { return strings.ReplaceAll(strings.ToLower(string(p)), "_", "-") }

func clip(name string) string { return name[:min(len(name), maxOperation)] }

// checkText says what is wrong with a purpose in words.
func checkText(s string) error {
	if len(s) <= MaxPurposeText && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return nil
	}
	return &Error{Code: CodeBadArgument, Message: fmt.Sprintf("the purpose in words is one line of at most %d bytes of UTF-8", MaxPurposeText)}
}

// fewEntries is how many entries of an image are looked at before those with an owner are looked up.
const fewEntries = 16

// owners lists the organisations that own the images among some subjects: of each the one that the first entry about
// it names that names any, and that was not superseded.
func (g *Graph) owners(opened []touched) (out []string, err error) {
	size := g.head.Size()
	var everybody []string // who may be named as owner, worked out where it is needed
	for _, s := range opened {
		if s.kind != event.SubjectImage {
			continue
		}
		owner, err := g.owner(s.Denotation, size, &everybody)
		if err != nil {
			return nil, err
		}
		if owner != "" && !slices.Contains(out, owner) {
			out = append(out, owner)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (g *Graph) owner(image event.Denotation, size uint64, everybody *[]string) (string, error) {
	f := index.Filter{Images: []event.Denotation{image}}
	owner, more, err := g.firstOwner(f, size, fewEntries)
	if owner != "" || !more || err != nil {
		return owner, err
	}
	if *everybody == nil {
		*everybody = []string{}
		for o := range g.catalog.AsOf(size).List(event.DeclareOrganisation, "", catalog.Criteria{}) {
			*everybody = append(*everybody, o.ID)
		}
	}
	f.Owners = *everybody
	owner, _, err = g.firstOwner(f, size, -1)
	return owner, err
}

// firstOwner returns the owner that the first of some entries names, looking at no more than so many of them.
func (g *Graph) firstOwner(f index.Filter, size uint64, most int) (owner string, more bool, err error) {
	for i := range g.head.Select(f, index.Recorded, size, index.Position(0)) {
		if most == 0 {
			return "", true, nil
		}
		most--
		raw, err := g.ledger.Entry(i)
		if err != nil {
			return "", false, err
		}
		sk, err := event.ParseSkeleton(raw.Leaf)
		if err != nil {
			return "", false, fmt.Errorf("entry %d: %w", i, err)
		}
		if sk.Owner != "" && !g.head.Superseded(i, size) {
			return strings.Clone(sk.Owner), false, nil
		}
	}
	return "", false, nil
}

package graph

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// Who may read the access ledger. Oversight sees all of it. A dpo sees what members of its organisations read, and who
// else read of an image that its organisations own: of those the organisation, the role, the purpose, the time and the
// operation, and of what they opened its own images. Who it was, what was said of the purpose in words and how much was
// answered are out of its scope, and so no question about them finds such a reading. Of subjects that a member opened
// those are named that the dpo sees in the log.

// AccessFilter says which readings are wanted. All that is given must hold, of a list one; a list that is nil does not
// restrict, an empty one matches nothing.
type AccessFilter struct {
	Readers       []string // names
	Organisations []string // that the reader belongs to: ids, aliases or names
	Roles         []Role
	Purposes      []Purpose
	Operations    []string // way, name or document of the operation
	Digests       []string // of pictures opened
	Images        []event.Pseudonym
	Persons       []Identity
	Cases         []Identity
	Recorded      event.Time
}

// closes reports whether the filter asks for what is out of the scope of a dpo in readings of others.
func (f *AccessFilter) closes() bool { return f.Readers != nil || f.Persons != nil || f.Cases != nil }

// Reading is one entry of the access ledger as a viewer sees it.
type Reading struct {
	Index    uint64
	ID       event.Pseudonym
	LeafHash tlog.Hash
	Leaf     []byte // nil where it names what the viewer may not see
	Recorded time.Time

	Reader        string          // "" where it is not shown: see Absent
	Pseudonym     event.Pseudonym // of the reader; zero where it is not shown
	Role          Role
	Organisations []string
	Purpose       Purpose
	Text          string // of the purpose, "" where it is not shown: see TextAbsent
	Absent        Reason // why the reader is not shown
	TextAbsent    Reason

	Way       event.AccessWay
	Stage     event.AccessStage
	Of        event.Pseudonym // of a later stage: the entry of the first
	Operation string
	Document  string
	Bytes     int64
	Rows      int64
	TreeSize  uint64 // of the log, that the answer held for
	Foreign   bool   // seen for the sake of an image: bytes, rows and tree size are out of scope
	Opened    []Subject
}

// Subject is a pseudonym that was opened.
type Subject struct {
	Kind event.SubjectKind
	event.Denotation
}

// Readings is a page of the access ledger, the newest first.
type Readings struct {
	Readings []*Reading
	More     bool   // readings follow
	TreeSize uint64 // of the access ledger
	logSize  uint64
	cursors  *cursors
}

// Cursor returns the cursor of the i-th reading of the page.
func (p *Readings) Cursor(i int) (string, error) {
	return p.cursors.write(position{p.TreeSize, lastIndex(p.Readings[i].Index) + lastIndex(p.logSize)})
}

// Accesses returns a page of the access ledger. Later pages hold for the tree size of the first, and for the same state
// of the log, which says whose an image is. The state is always the newest one: pg.AsOf must be zero.
func (v *View) Accesses(ctx context.Context, f AccessFilter, pg Pagination) (*Readings, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	if pg.First < 1 || pg.First > MaxPage {
		return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("first is %d; a page has 1 to %d entries", pg.First, MaxPage)}
	}
	if pg.AsOf != (AsOf{}) {
		return nil, &Error{Code: CodeBadArgument, Message: "the access ledger is read as it is now; bound the time of its entries instead"}
	}
	text, err := json.Marshal(f, json.Deterministic(true), json.FormatNilSliceAsNull(true))
	if err != nil {
		return nil, err
	}
	cs, err := v.cursors("accesses", string(text))
	if err != nil {
		return nil, err
	}
	head := v.g.journal.head
	p := &Readings{TreeSize: head.Size(), logSize: v.g.head.Size(), cursors: cs}
	from := index.Position(0)
	if pg.After != "" {
		at, err := cs.read(pg.After)
		if err != nil {
			return nil, err
		}
		last := []byte(at.last)
		if len(last) != 16 || at.size > p.TreeSize {
			return nil, errCursor
		}
		p.TreeSize, from, p.logSize = at.size, index.After(binary.BigEndian.Uint64(last)), binary.BigEndian.Uint64(last[8:])
	}
	v.reading.hold(p.logSize)
	sc := v.scope(p.logSize)
	want, keep, err := v.resolveAccesses(&f, sc)
	if err != nil {
		return nil, err
	}
	for i := range head.Select(want, index.RecordedDesc, p.TreeSize, from) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sk, err := v.g.journal.skeleton(i)
		if err != nil {
			return nil, err
		}
		if ok, err := keep(sk); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		if len(p.Readings) == pg.First {
			p.More = true
			break
		}
		r, err := v.readingOf(i, sc)
		if err != nil {
			return nil, err
		}
		p.Readings = append(p.Readings, r)
	}
	v.reading.gave(len(p.Readings))
	return p, nil
}

// resolveAccesses turns a filter into terms of the access ledger's index, and into what has to be looked for in the
// entries that it finds.
func (v *View) resolveAccesses(f *AccessFilter, sc *scope) (want index.Filter, keep func(*event.Skeleton) (bool, error), err error) {
	want = index.Filter{Operations: f.Operations, Recorded: f.Recorded}
	if f.Organisations != nil {
		want.Organisations = []string{}
		for _, name := range f.Organisations {
			want.Organisations = append(want.Organisations, sc.catalog.Synonyms(event.DeclareOrganisation, name)...)
		}
	}
	if f.Roles != nil {
		want.Roles = []string{}
		for _, r := range f.Roles {
			want.Roles = append(want.Roles, string(r))
		}
	}
	if f.Purposes != nil {
		want.Purposes = []string{}
		for _, p := range f.Purposes {
			want.Purposes = append(want.Purposes, p.slug())
		}
	}
	readers := map[event.Pseudonym]bool{}
	if f.Readers != nil {
		want.Actors = []event.Denotation{}
		for _, name := range f.Readers {
			known, err := v.g.vault.Lookup(event.SubjectActor, LogID, name)
			if err != nil {
				return want, nil, err
			}
			want.Actors = append(want.Actors, known[0])
			readers[known[0].Pseudonym] = true
		}
	}
	if want.Images, err = v.openedImages(f, sc); err != nil {
		return want, nil, err
	}
	if want.Persons, err = v.openedBy(event.SubjectPerson, f.Persons, sc); err != nil {
		return want, nil, err
	}
	if want.Cases, err = v.openedBy(event.SubjectCase, f.Cases, sc); err != nil {
		return want, nil, err
	}
	if sc.limits != nil {
		want.Scope = &index.Scope{Organisations: sc.limits.Organisations}
		if !f.closes() {
			want.Scope.Owners = sc.limits.Organisations
		}
	}
	asked := map[event.Denotation]bool{}
	for _, d := range want.Images {
		asked[d] = true
	}
	return want, func(sk *event.Skeleton) (bool, error) {
		// An actor may have been opened under the pseudonym of a reader.
		if f.Readers != nil && (sk.Actor == nil || !readers[sk.Actor.Pseudonym]) {
			return false, nil
		}
		if sc.member(sk.Access) {
			return true, nil
		}
		// It is seen for the sake of an image, which must be the one asked for.
		for _, d := range imagesOf(sk.Access) {
			if want.Images != nil && !asked[d] {
				continue
			}
			if is, err := v.owned(d, sc); err != nil || is {
				return is, err
			}
		}
		return false, nil
	}, nil
}

// member reports whether a viewer sees a reading by itself, not for the sake of an image.
func (sc *scope) member(a *event.Access) bool {
	return sc.limits == nil || slices.ContainsFunc(a.Organisations, func(id string) bool { return sc.own[party{id: id}] })
}

// imagesOf lists the images that were opened.
func imagesOf(a *event.Access) (out []event.Denotation) {
	for i := range a.Opened {
		if o := &a.Opened[i]; o.Subject == event.SubjectImage {
			for _, p := range o.Pseudonyms {
				out = append(out, event.Denotation{Sealer: o.Sealer, Pseudonym: p})
			}
		}
	}
	return out
}

// openedImages lists the pseudonyms under which the images asked for may have been opened.
func (v *View) openedImages(f *AccessFilter, sc *scope) ([]event.Denotation, error) {
	if f.Digests == nil && f.Images == nil {
		return nil, nil
	}
	out := []event.Denotation{}
	for _, digest := range f.Digests {
		if !event.ValidDigest(digest) {
			return nil, errDigest(digest)
		}
		known, err := v.g.vault.Lookup(event.SubjectImage, "", digest)
		if err != nil {
			return nil, err
		}
		if err := v.touches(event.SubjectImage, known); err != nil {
			return nil, err
		}
		if known, err = v.alike(event.SubjectImage, known, 1, sc); err != nil {
			return nil, err
		}
		out = append(out, known...)
	}
	for _, p := range f.Images {
		found, err := v.touchesPseudonym(event.SubjectImage, p)
		if err != nil {
			return nil, err
		}
		if found, err = v.alike(event.SubjectImage, found, len(found), sc); err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// openedBy lists the pseudonyms under which the persons or cases asked for may have been opened.
func (v *View) openedBy(kind event.SubjectKind, ids []Identity, sc *scope) ([]event.Denotation, error) {
	if ids == nil {
		return nil, nil
	}
	out := []event.Denotation{}
	for i, id := range ids {
		found, err := v.identities(kind, ids[i:i+1], &scope{size: sc.size, catalog: sc.catalog})
		if err != nil {
			return nil, err
		}
		sure := len(found)
		if id.Pseudonym.IsZero() {
			sure = 1
		}
		if found, err = v.alike(kind, found, sure, sc); err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// alike makes of the pseudonyms that a subject may have those to look for in the access ledger. Oversight finds a
// subject by all that is linked to it. What a dpo asks by must not tell more than the log tells it: it finds the subject
// under the first pseudonyms, which are those that were asked by, and under what stands in its scope.
func (v *View) alike(kind event.SubjectKind, ds []event.Denotation, first int, sc *scope) (out []event.Denotation, err error) {
	for i, d := range ds {
		if sc.limits == nil {
			out = append(out, v.g.head.Equivalent(kind, d, sc.size, false)...)
			continue
		}
		seen := i < first
		if !seen {
			if seen, err = v.meets(kind, d, sc); err != nil {
				return nil, err
			}
		}
		if seen {
			out = append(out, d)
		}
	}
	return out, nil
}

// meets reports whether the viewer meets a pseudonym in the log: in an entry in its scope, or of an image that one of
// its organisations owns.
func (v *View) meets(kind event.SubjectKind, d event.Denotation, sc *scope) (bool, error) {
	if sc.limits == nil {
		return true, nil
	}
	if kind == event.SubjectImage {
		if is, err := v.owned(d, sc); err != nil || is {
			return is, err
		}
	}
	return v.standsInScope(kind, d, sc)
}

func (j *journal) skeleton(i uint64) (*event.Skeleton, error) {
	raw, err := j.ledger.Entry(i)
	if err != nil {
		return nil, fmt.Errorf("read entry %d of the access ledger: %w", i, err)
	}
	sk, err := event.ParseSkeleton(raw.Leaf)
	if err != nil || sk.Access == nil {
		return nil, fmt.Errorf("entry %d of the access ledger says nothing of a reading: %w", i, err)
	}
	return sk, nil
}

// readingOf opens an entry of the access ledger as far as the viewer may see it.
func (v *View) readingOf(i uint64, sc *scope) (*Reading, error) {
	raw, err := v.g.journal.ledger.Entry(i)
	if err != nil {
		return nil, fmt.Errorf("read entry %d of the access ledger: %w", i, err)
	}
	sk, err := event.ParseSkeleton(raw.Leaf)
	if err != nil {
		return nil, fmt.Errorf("entry %d of the access ledger: %w", i, err)
	}
	a := sk.Access
	r := &Reading{
		Index: i, ID: sk.Entry, LeafHash: tlog.RecordHash(raw.Leaf), Role: Role(a.Role), Organisations: a.Organisations,
		Purpose: purposeOf(sk.Purpose), Way: a.Way, Stage: a.Stage, Operation: a.Operation, Document: a.Document,
		Foreign: !sc.member(a), Absent: OutOfScope, TextAbsent: OutOfScope,
	}
	if sk.Admit != nil {
		r.Recorded = time.Unix(0, sk.Admit.Recorded.Earliest).UTC()
	}
	for k := range a.Opened {
		o := &a.Opened[k]
		for _, p := range o.Pseudonyms {
			d := event.Denotation{Sealer: o.Sealer, Pseudonym: p}
			see := v.meets
			if r.Foreign {
				see = func(kind event.SubjectKind, d event.Denotation, sc *scope) (bool, error) {
					if kind != event.SubjectImage {
						return false, nil
					}
					return v.owned(d, sc)
				}
			}
			if is, err := see(o.Subject, d, sc); err != nil {
				return nil, err
			} else if is {
				r.Opened = append(r.Opened, Subject{o.Subject, d})
			}
		}
	}
	if r.Foreign {
		return r, nil
	}
	r.Bytes, r.Rows, r.TreeSize = a.Bytes, a.Rows, uint64(a.Size)
	if sc.limits == nil {
		r.Leaf = raw.Leaf // of others it would name subjects and owners out of their scope
	}
	if len(sk.Relates) > 0 {
		r.Of = sk.Relates[0].Entry
	}
	open, closed, err := v.g.vault.Decrypt(sk.Sealer, sk.Entry, raw.Sealed)
	if err != nil {
		return nil, fmt.Errorf("entry %d of the access ledger: %w", i, err)
	}
	e, err := event.Open(sk, open)
	if err != nil {
		return nil, fmt.Errorf("entry %d of the access ledger: %w", i, err)
	}
	r.Reader, r.Text, r.Absent, r.TextAbsent = "", e.Justification, Empty, Empty
	if e.Actor != nil {
		r.Reader, r.Pseudonym = e.Actor.ID, e.Actor.Pseudonym
	}
	for _, c := range closed {
		switch c.Name {
		case "/actor/id":
			r.Absent = Redacted
		case "/justification":
			r.TextAbsent = Redacted
		}
	}
	return r, nil
}

// purposeOf is the purpose that stands in an entry as a slug.
func purposeOf(slug string) Purpose {
	for _, p := range Purposes() {
		if p.slug() == slug {
			return p
		}
	}
	return Purpose(slug)
}

// AccessCheckpoint returns the newest signed head of the access ledger, for those who may read it.
func (v *View) AccessCheckpoint() (ledger.Head, error) {
	if err := v.reads(); err != nil {
		return ledger.Head{}, err
	}
	return v.g.journal.ledger.Head(), nil
}

// AccessOrigin returns the name of the access ledger.
func (v *View) AccessOrigin() string { return v.g.journal.ledger.Origin() }

// ProveAccess returns the proof that an entry, by id or index, is in the access ledger, in the tree of its newest
// checkpoint. What the viewer may not see looks absent.
func (v *View) ProveAccess(ctx context.Context, id string) (*Proof, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	absent := &Error{Code: CodeNotFound, Message: fmt.Sprintf("no entry %q in the access ledger", id)}
	i, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		p, err := event.ParsePseudonym(id)
		if err != nil {
			return nil, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("%q is neither the id of an entry (22 characters) nor an index", id)}
		}
		var ok bool
		if i, ok = v.g.journal.head.Entry(p); !ok {
			return nil, absent
		}
	}
	head := v.g.journal.ledger.Head()
	if i >= min(head.Size, v.g.journal.head.Size()) {
		return nil, absent
	}
	sc := v.scope(v.g.head.Size())
	_, keep, err := v.resolveAccesses(&AccessFilter{}, sc)
	if err != nil {
		return nil, err
	}
	sk, err := v.g.journal.skeleton(i)
	if err != nil {
		return nil, err
	}
	if ok, err := keep(sk); err != nil {
		return nil, err
	} else if !ok {
		return nil, absent
	}
	r, err := v.readingOf(i, sc)
	if err != nil {
		return nil, err
	}
	path, err := v.g.journal.ledger.InclusionProof(i, head.Size)
	if err != nil {
		return nil, err
	}
	v.reading.gave(1)
	return &Proof{Index: i, Size: head.Size, Hash: r.LeafHash, Leaf: r.Leaf, Path: path, Head: head}, nil
}

package graph

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// MaxPage is the most entries a page may have.
const MaxPage = 1000

// Pagination asks for a page: First entries, those after the cursor After.
type Pagination struct {
	First int
	After string
	AsOf  AsOf // of the first page; later pages hold for the state of the first
}

// Page is a part of a list. It names the tree size that it holds for.
type Page struct {
	Entries  []*Entry
	More     bool // entries follow
	TreeSize uint64
	cursors  *cursors
	cut      cut
}

// Cut returns why the page ended early and the cursor to go on from, "" where it did not: then no entry that matches is
// left out before the end of the page.
func (p *Page) Cut() (reason, from string, err error) {
	if !p.cut.short {
		return "", "", nil
	}
	from, err = p.cursors.write(position{p.TreeSize, lastIndex(p.cut.last)})
	return reasonOpened, from, err
}

// Reached returns the index below which, in order of recording, no entry that matches is left out before the page or in
// it: whoever goes on asks for what is recorded since.
func (p *Page) Reached() uint64 {
	switch {
	case p.More:
		return p.Entries[len(p.Entries)-1].Index + 1
	case p.cut.short:
		return p.cut.last + 1
	}
	return p.TreeSize
}

// Cursor returns the cursor of the i-th entry of the page: the next page is asked for after that of the last.
func (p *Page) Cursor(i int) (string, error) {
	return p.cursors.write(position{p.TreeSize, lastIndex(p.Entries[i].Index)})
}

// Events returns a page of the entries that match.
func (v *View) Events(ctx context.Context, f EventFilter, order index.Order, pg Pagination) (*Page, error) {
	return v.page(ctx, "events", f, order, pg, func(size uint64) (index.Filter, *sieve, error) {
		out, err := v.resolve(f, size)
		if err != nil {
			return out, nil, err
		}
		s, err := v.sieve(&f, size)
		return out, s, err
	})
}

// ClaimFilter says which claims are wanted. Names may be ids or aliases.
type ClaimFilter struct {
	Subjects     []string // organisation or system that the proposition is about, from or to
	Parts        bool     // a system stands for its parts, too
	Claimants    []string
	Propositions []string
	Questions    []string
	Documents    []string
	Stances      []event.Stance
}

// Claims returns a page of claims. A claim that a CORRECT annotates is still a claim.
func (v *View) Claims(ctx context.Context, f ClaimFilter, order index.Order, pg Pagination) (*Page, error) {
	keep := &sieve{}
	if wanted := among(f.Stances); wanted != nil {
		keep.leaf = append(keep.leaf, func(sk *event.Skeleton) bool { return wanted(sk.Claim.Stance) })
	}
	return v.page(ctx, "claims", f, order, pg, func(size uint64) (index.Filter, *sieve, error) {
		out := index.Filter{Kinds: []event.Kind{event.KindClaim}, Propositions: f.Propositions, Questions: f.Questions, Documents: f.Documents}
		now := v.scope(size).catalog
		for _, name := range f.Subjects {
			if e, ok := now.System(name); ok && f.Parts {
				out.About = append(out.About, now.Within(event.DeclareSystem, e.ID)...)
			}
			out.About = append(out.About, now.Synonyms(event.DeclareSystem, name)...)
			out.About = append(out.About, now.Synonyms(event.DeclareOrganisation, name)...)
		}
		if f.Subjects != nil && out.About == nil {
			out.About = []string{}
		}
		if f.Claimants != nil {
			out.Claimants = []string{}
		}
		for _, name := range f.Claimants {
			out.Claimants = append(out.Claimants, now.Synonyms(event.DeclareOrganisation, name)...)
		}
		return out, keep, nil
	})
}

// Contested reports whether, as of a tree size and as far as the viewer sees, some claim asserts and another denies the
// proposition. What its own source took back, or put into other words with a CORRECT, does not count; what such a
// CORRECT says instead does.
func (v *View) Contested(ctx context.Context, proposition string, size uint64) (bool, error) {
	if err := v.reads(); err != nil {
		return false, err
	}
	return v.contested(ctx, proposition, v.scope(size))
}

func (v *View) contested(ctx context.Context, proposition string, sc *scope) (bool, error) {
	var asserted, denied bool
	f := index.Filter{Kinds: []event.Kind{event.KindClaim, event.KindCorrect}, Propositions: []string{proposition}, Scope: sc.limits}
	for hit, err := range v.scan(ctx, f, &sieve{}, index.Recorded, sc.size, index.Position(0), &cut{}) {
		if err != nil {
			return false, err
		}
		if is, err := v.superseded(hit.index, sc); err != nil {
			return false, err
		} else if is {
			continue
		}
		sk, err := v.g.skeleton(hit.index)
		if err != nil {
			return false, err
		}
		switch sk.Claim.Stance {
		case event.StanceAsserted:
			asserted = true
		case event.StanceDenied:
			denied = true
		}
		if asserted && denied {
			break
		}
	}
	return asserted && denied, nil
}

func (v *View) page(ctx context.Context, list string, filter any, order index.Order, pg Pagination, resolve func(uint64) (index.Filter, *sieve, error)) (*Page, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	cs, at, err := v.begin(list, filter, order, pg)
	if err != nil {
		return nil, err
	}
	p := &Page{TreeSize: at.size, cursors: cs}
	sc := v.scope(at.size)
	var from index.Position
	if at.last != "" {
		from = index.After(binary.BigEndian.Uint64([]byte(at.last)))
	}
	f, keep, err := resolve(p.TreeSize)
	if err != nil {
		return nil, err
	}
	for hit, err := range v.scan(ctx, f, keep, order, p.TreeSize, from, &p.cut) {
		if err != nil {
			return nil, err
		}
		if len(p.Entries) == pg.First {
			p.More = true
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := v.opened(hit.index, sc)
		if err != nil {
			return nil, err
		}
		p.Entries = append(p.Entries, e)
	}
	v.reading.gave(len(p.Entries))
	return p, nil
}

// begin checks what is asked for and returns the cursors of the list and where the page begins.
func (v *View) begin(list string, filter any, order index.Order, pg Pagination) (*cursors, position, error) {
	if pg.First < 1 || pg.First > MaxPage {
		return nil, position{}, &Error{Code: CodeBadArgument, Message: fmt.Sprintf("first is %d; a page has 1 to %d entries", pg.First, MaxPage)}
	}
	// No list restricts nothing and an empty one matches nothing, so the two are told apart.
	text, err := json.Marshal(filter, json.Deterministic(true), json.FormatNilSliceAsNull(true))
	if err != nil {
		return nil, position{}, err
	}
	cs, err := v.cursors(list, fmt.Sprintf("%s %d", text, order))
	if err != nil {
		return nil, position{}, err
	}
	if pg.After == "" {
		size, err := v.size(pg.AsOf)
		return cs, position{size: size}, err
	}
	at, err := cs.read(pg.After)
	if err == nil && pg.AsOf.Size != nil && *pg.AsOf.Size != at.size {
		err = errCursor
	}
	return cs, at, err
}

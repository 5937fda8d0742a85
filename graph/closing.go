package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
)

// RedactionPlan is what a redaction would do now. See [View.PlanRedaction].
type RedactionPlan struct {
	Subjects []PlannedSubject
	Closes   []FieldCount   // values that would close, by ledger, kind of entry and field
	Stays    []FieldCount   // values of the same entries that are open and would stay so
	Entries  uint64         // of the log, in which something would close
	Readings uint64         // of the access ledger, likewise
	Listed   []ClosingEntry // the first of them, those of the log first
	TreeSize uint64         // of the log
}

// PlannedSubject is a target with what is known of it.
type PlannedSubject struct {
	Target
	Denotes    []event.Denotation // pseudonyms whose keys would be destroyed; none: it is redacted already
	Redactions []uint64           // REDACT entries that name it, where it was redacted before and they can be told
}

// FieldCount counts values of a field in entries of a kind. A field is a JSON pointer with * for positions in lists;
// "envelope" is the signed plain event that an entry was made from.
type FieldCount struct {
	Accesses bool // entries of the access ledger
	Kind     event.Kind
	Field    string
	Values   uint64
}

// ClosingEntry is an entry in which something would close.
type ClosingEntry struct {
	Accesses bool
	Index    uint64
	ID       event.Pseudonym
	Kind     event.Kind
	Fields   []string // JSON pointers, in order
}

// PlanRedaction says what a redaction of some subjects would close, and what of the same entries would stay open. It
// closes nothing; what it counts is what [Graph.Redact] closes if nothing is recorded in between. list is how many
// entries are listed. It goes through every entry that names the subjects; progress is told how far it is. It fails as
// Redact does, and is for oversight.
func (v *View) PlanRedaction(ctx context.Context, targets []Target, list int, progress func(done, total uint64)) (*RedactionPlan, error) {
	if err := v.oversee(); err != nil {
		return nil, err
	}
	size, err := v.size(AsOf{})
	if err != nil {
		return nil, err
	}
	if len(targets) > MaxRedacted {
		return nil, &Error{Code: CodeTooMany, Message: fmt.Sprintf("%d subjects at once, at most %d are possible", len(targets), MaxRedacted)}
	}
	out := &RedactionPlan{TreeSize: size}
	gone := map[event.Denotation]bool{}
	places := map[place]bool{}
	for _, t := range targets {
		a, err := v.g.aim(t)
		if err != nil {
			return nil, err
		}
		if err := v.touches(t.Kind, a.sight); err != nil {
			return nil, err
		}
		p := PlannedSubject{Target: t, Denotes: a.denotes}
		if len(a.denotes) == 0 {
			if p.Redactions, err = v.g.redactionsOf(t.Kind, a.sight); err != nil {
				return nil, err
			}
		}
		out.Subjects = append(out.Subjects, p)
		for _, d := range a.denotes {
			gone[d] = true
			for at, err := range v.g.mentioning(t.Kind, d) {
				if err != nil {
					return nil, err
				}
				places[at] = true
			}
		}
	}
	order := make([]place, 0, len(places))
	for at := range places {
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b place) int {
		return cmp.Or(falseFirst(a.access, b.access), cmp.Compare(a.index, b.index))
	})
	closes, stays := map[FieldCount]uint64{}, map[FieldCount]uint64{}
	for n, at := range order {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		c, open, err := v.g.closing(at, gone)
		if err != nil {
			return nil, err
		}
		for _, name := range c.Fields {
			closes[FieldCount{Accesses: at.access, Kind: c.Kind, Field: generalised(name)}]++
		}
		for _, name := range open {
			stays[FieldCount{Accesses: at.access, Kind: c.Kind, Field: generalised(name)}]++
		}
		if len(c.Fields) > 0 {
			if at.access {
				out.Readings++
			} else {
				out.Entries++
			}
			if len(out.Listed) < list {
				out.Listed = append(out.Listed, c)
			}
		}
		if progress != nil {
			progress(uint64(n+1), uint64(len(order)))
		}
	}
	out.Closes, out.Stays = counted(closes), counted(stays)
	v.reading.gave(int(out.Entries + out.Readings))
	return out, nil
}

// closing says what of an entry would close with some keys, and what would stay open.
func (g *Graph) closing(at place, gone map[event.Denotation]bool) (ClosingEntry, []string, error) {
	sk, raw, err := g.read(at)
	if err != nil {
		return ClosingEntry{}, nil, err
	}
	c := ClosingEntry{Accesses: at.access, Index: at.index, ID: sk.Entry, Kind: sk.Kind}
	if len(raw.Sealed) == 0 {
		return c, nil, nil
	}
	is := func(d event.Denotation) bool { return gone[d] }
	closes, open, err := g.vault.Closing(sk.Sealer, sk.Entry, raw.Sealed, is)
	if err != nil {
		return c, nil, fmt.Errorf("entry %d: %w", at.index, err)
	}
	// Evidence beside what the node sealed is the envelope of a signed plain event; that of a batch stands at its ADMIT.
	if kept, err := g.vault.Evidence(raw.Sealed); err != nil {
		return c, nil, fmt.Errorf("entry %d: %w", at.index, err)
	} else if kept != nil && sk.Sealer == LogID && sk.Kind != event.KindAdmit {
		more, still, err := g.vault.Closing(sk.Sealer, sk.Entry, kept, is)
		if err != nil {
			return c, nil, fmt.Errorf("entry %d: %w", at.index, err)
		}
		closes, open = append(closes, more...), append(open, still...)
	}
	slices.Sort(closes)
	c.Fields = closes
	return c, open, nil
}

// redactionsOf lists the REDACT entries that name one of some pseudonyms.
func (g *Graph) redactionsOf(kind event.SubjectKind, ds []event.Denotation) ([]uint64, error) {
	var out []uint64
	list, err := g.redactionsBelow(kind, ds, g.head.Size())
	for _, r := range list {
		out = append(out, r.Index)
	}
	return out, err
}

// redactionsBelow reads the REDACT entries below a tree size that name one of some pseudonyms, in order.
func (g *Graph) redactionsBelow(kind event.SubjectKind, ds []event.Denotation, size uint64) ([]RedactEntry, error) {
	var out []RedactEntry
	for _, d := range ds {
		f := subject(kind, d)
		if kind == event.SubjectEntry {
			f = index.Filter{} // the index has no list of them
		}
		f.Kinds = []event.Kind{event.KindRedact}
		for i := range g.head.Select(f, index.Recorded, size, index.Position(0)) {
			sk, err := g.skeleton(i)
			if err != nil {
				return nil, err
			}
			if sk.Redaction == nil || sk.Redaction.Subject != kind || !slices.Contains(sk.Redaction.Denotes, d) ||
				slices.ContainsFunc(out, func(r RedactEntry) bool { return r.Index == i }) {
				continue
			}
			r := RedactEntry{Index: i, ID: sk.Entry, Redaction: *sk.Redaction}
			if sk.Admit != nil {
				r.Recorded = time.Unix(0, sk.Admit.Recorded.Earliest).UTC()
			}
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b RedactEntry) int { return cmp.Compare(a.Index, b.Index) })
	return out, nil
}

// Redactions returns the REDACT entries below a tree size that closed values of an entry: who asked, who released it and
// why. REDACT entries are in no dpo's scope: none for anybody but oversight.
func (v *View) Redactions(e *Entry, size uint64) ([]RedactEntry, error) {
	if v.viewer.Role != Oversight {
		return nil, nil
	}
	closed := false
	for _, why := range e.Closed {
		closed = closed || why == Redacted
	}
	if !closed {
		return nil, nil
	}
	size = min(size, v.g.head.Size())
	var out []RedactEntry
	var err error
	add := func(kind event.SubjectKind, p event.Pseudonym) {
		if p.IsZero() || err != nil {
			return
		}
		var list []RedactEntry
		list, err = v.g.redactionsBelow(kind, []event.Denotation{{Sealer: e.Sealer, Pseudonym: p}}, size)
		for _, r := range list {
			if !slices.ContainsFunc(out, func(o RedactEntry) bool { return o.Index == r.Index }) {
				out = append(out, r)
			}
		}
	}
	eachSubject(e.Event, func(kind event.SubjectKind, p event.Pseudonym, _ string) { add(kind, p) })
	if e.Closed["/id"] == Redacted {
		add(event.SubjectEntry, e.ID)
	}
	slices.SortFunc(out, func(a, b RedactEntry) int { return cmp.Compare(a.Index, b.Index) })
	return out, err
}

// generalised puts * in the place of positions in lists.
func generalised(pointer string) string {
	parts := strings.Split(pointer, "/")
	for i, p := range parts {
		if p != "" && strings.Trim(p, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

func counted(m map[FieldCount]uint64) []FieldCount {
	out := make([]FieldCount, 0, len(m))
	for f, n := range m {
		f.Values = n
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b FieldCount) int {
		return cmp.Or(falseFirst(a.Accesses, b.Accesses), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Field, b.Field))
	})
	return out
}

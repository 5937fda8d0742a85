package graph

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// MaxChanges is how many changed declarations, propositions and superseded entries a difference lists of each.
const MaxChanges = 500

// Change is what became of a declaration.
type Change string

// The changes.
const (
	Added   Change = "ADDED"
	Changed Change = "CHANGED"
	Removed Change = "REMOVED" // taken back
)

// DeclarationChange is a catalog entry that is another one than it was. Before and After are the entries of the log
// that declare it so, nil where nothing stands.
type DeclarationChange struct {
	Type          event.DeclarationType
	ID            string
	Change        Change
	Before, After *catalog.Entry
}

// PropositionChange is a proposition of which more was said.
type PropositionChange struct {
	ID                              string
	Claims                          uint64 // that were added
	Stances                         []event.Stance
	ContestedBefore, ContestedAfter bool
}

// Supersession is an entry that a later one took the place of.
type Supersession struct {
	Index, By uint64
}

// Difference is what was added to the record between two of its states. The checkpoints are the first signed heads that
// cover them: where a state is not one that was signed its checkpoint is a little larger, and says so by its size.
type Difference struct {
	FromSize, ToSize uint64
	From, To         ledger.Head
	Consistency      []tlog.Hash // RFC 6962 section 2.1.2, between the two checkpoints; none from the empty log, or to itself

	Added        uint64
	Exercise     uint64 // of Added, how many are exercise data
	Kinds        []KindCount
	Declarations []DeclarationChange // by type and id
	Propositions []PropositionChange // by id
	Superseded   []Supersession      // in the order of what superseded them

	cut  cut
	long bool // a list is longer than what is shown
}

// Cut returns why the difference is not all of it, "" where it is.
func (d *Difference) Cut() string {
	switch {
	case d.cut.short:
		return reasonOpened
	case d.long:
		return "of the changed declarations, propositions or superseded entries the first 500 are listed; ask for a shorter time"
	}
	return ""
}

// Difference compares two states of the record.
func (v *View) Difference(ctx context.Context, from, to AsOf) (*Difference, error) {
	if err := v.reads(); err != nil {
		return nil, err
	}
	d := &Difference{}
	var err error
	if d.FromSize, err = v.size(from); err != nil {
		return nil, err
	}
	if d.ToSize, err = v.size(to); err != nil {
		return nil, err
	}
	if d.FromSize > d.ToSize {
		return nil, &Error{Code: CodeBadArgument, Message: "from is a later state than to"}
	}
	if d.From, err = v.g.ledger.HeadCovering(d.FromSize); err != nil {
		return nil, err
	}
	if d.To, err = v.g.ledger.HeadCovering(d.ToSize); err != nil {
		return nil, err
	}
	if d.From.Size > 0 && d.From.Size < d.To.Size {
		if d.Consistency, err = v.g.ledger.ConsistencyProof(d.From.Size, d.To.Size); err != nil {
			return nil, err
		}
	}
	return d, v.compare(ctx, d)
}

// declaredID names a catalog entry.
type declaredID struct {
	kind event.DeclarationType
	id   string
}

// compare goes through the entries that were added. Those that change something are opened.
func (v *View) compare(ctx context.Context, d *Difference) error {
	f, err := v.resolve(EventFilter{}, d.ToSize)
	if err != nil {
		return err
	}
	kinds := map[event.Kind]uint64{}
	declared := map[declaredID]bool{}
	said := map[string]*PropositionChange{}
	x := v.lexicon(d.ToSize, &d.cut)
	for hit, err := range v.scan(ctx, f, &sieve{since: d.FromSize}, index.Recorded, d.ToSize, 0, &d.cut) {
		if err != nil {
			return err
		}
		kind := hit.row.Kind.Kind()
		d.Added++
		if hit.row.Flags&index.Exercise != 0 {
			d.Exercise++
		}
		kinds[kind]++
		if kind != event.KindDeclare && kind != event.KindClaim && kind != event.KindCorrect || d.cut.short {
			continue
		}
		sk, ok := x.open(hit.index)
		if !ok {
			continue
		}
		if kind == event.KindCorrect {
			for i := range sk.Relates {
				if r := &sk.Relates[i]; r.Relation == event.RelationSupersedes {
					v.replaced(d, x, declared, said, hit.index, sk.Source, r.Entry)
				}
			}
		}
		if sk.Declaration != nil {
			declared[declaredID{sk.Declaration.Type, strings.Clone(sk.Declaration.ID)}] = true
		}
		if c := sk.Claim; c != nil {
			p := proposed(said, c.Proposition.ID)
			p.Claims++
			if !slices.Contains(p.Stances, c.Stance) {
				p.Stances = append(p.Stances, c.Stance)
			}
		}
	}
	if x.err != nil {
		return x.err
	}
	for _, k := range event.Kinds() {
		if n := kinds[k]; n > 0 {
			d.Kinds = append(d.Kinds, KindCount{k, n})
		}
	}
	v.declarations(d, declared)
	return v.propositions(ctx, d, said)
}

func proposed(said map[string]*PropositionChange, id string) *PropositionChange {
	p := said[id]
	if p == nil {
		id = strings.Clone(id)
		p = &PropositionChange{ID: id}
		said[id] = p
	}
	return p
}

// replaced notes what one entry takes the place of: what was declared or claimed there may have changed.
func (v *View) replaced(d *Difference, x *lexicon, declared map[declaredID]bool, said map[string]*PropositionChange, by uint64, source string, target event.Pseudonym) {
	at, ok := v.g.head.Entry(target)
	if !ok || at >= by || !x.sc.sees(v.g.head, at) || v.g.head.Name(v.g.head.Row(at).Source) != source {
		return
	}
	if len(d.Superseded) == MaxChanges {
		d.long = true
	} else {
		d.Superseded = append(d.Superseded, Supersession{at, by})
	}
	if kind := v.g.head.Row(at).Kind.Kind(); kind != event.KindDeclare && kind != event.KindClaim && kind != event.KindCorrect {
		return
	}
	sk, ok := x.open(at)
	if !ok {
		return
	}
	if sk.Declaration != nil {
		declared[declaredID{sk.Declaration.Type, strings.Clone(sk.Declaration.ID)}] = true
	}
	if sk.Claim != nil {
		proposed(said, sk.Claim.Proposition.ID)
	}
}

// earlier is the earlier state, seen by who sees the later one: what the viewer itself may see is that of one state, else
// the difference would tell of both.
func (v *View) earlier(d *Difference) *scope {
	sc := *v.scope(d.ToSize)
	sc.size = d.FromSize
	if sc.limits == nil {
		sc.catalog = v.g.catalog.AsOf(sc.size)
	} else {
		sc.catalog = v.g.catalog.Seen(sc.name(), sc.size, func(i uint64) bool { return sc.took(v.g.head, i) })
	}
	return &sc
}

// declarations keeps of what was declared what is not as it was.
func (v *View) declarations(d *Difference, declared map[declaredID]bool) {
	before, after := v.earlier(d).catalog, v.scope(d.ToSize).catalog
	ids := slices.SortedFunc(maps.Keys(declared), func(a, b declaredID) int {
		if c := strings.Compare(string(a.kind), string(b.kind)); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	for _, id := range ids {
		c := DeclarationChange{Type: id.kind, ID: id.id, Change: Changed}
		c.Before, _ = before.Get(id.kind, id.id)
		c.After, _ = after.Get(id.kind, id.id)
		switch {
		case c.Before == nil && c.After == nil:
			continue
		case c.Before == nil:
			c.Change = Added
		case c.After == nil:
			c.Change = Removed
		case c.Before.From == c.After.From:
			continue // it stands as it did
		}
		if len(d.Declarations) == MaxChanges {
			d.long = true
			return
		}
		d.Declarations = append(d.Declarations, c)
	}
}

func (v *View) propositions(ctx context.Context, d *Difference, said map[string]*PropositionChange) (err error) {
	before, after := v.earlier(d), v.scope(d.ToSize)
	for _, id := range slices.Sorted(maps.Keys(said)) {
		if len(d.Propositions) == MaxChanges {
			d.long = true
			return nil
		}
		p := said[id]
		slices.Sort(p.Stances)
		if p.ContestedBefore, err = v.contested(ctx, id, before); err != nil {
			return err
		}
		if p.ContestedAfter, err = v.contested(ctx, id, after); err != nil {
			return err
		}
		d.Propositions = append(d.Propositions, *p)
	}
	return nil
}

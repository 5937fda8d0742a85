package graph

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// tracing is the log as a viewer sees it, for package trace. What is out of scope is not there. An entry that names an
// image which the viewer's organisation owns is seen as far as owner.go says, where it is asked for by that image.
type tracing struct {
	v  *View
	sc *scope
}

// Size implements trace.Reader.
func (r *tracing) Size() uint64 { return r.sc.size }

// Catalog implements trace.Reader.
func (r *tracing) Catalog() *catalog.View { return r.sc.catalog }

// Select implements trace.Reader.
func (r *tracing) Select(f index.Filter, about []event.Denotation) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		f.Scope = r.sc.limits
		if f.Scope != nil && len(about) > 0 {
			trails, err := r.v.trails(about, r.sc)
			if err != nil {
				yield(0, err)
				return
			}
			if len(trails) > 0 {
				open := *f.Scope
				open.Whole = trails
				f.Scope = &open
			}
		}
		for i := range r.v.g.head.Select(f, index.Recorded, r.sc.size, 0) {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// Entry implements trace.Reader.
func (r *tracing) Entry(i uint64) (*event.Skeleton, error) {
	if r.sc.sees(r.v.g.head, i) {
		l, err := r.v.g.remembered(i)
		if err != nil {
			return nil, err
		}
		return l.sk, nil
	}
	sk, err := r.v.g.skeleton(i)
	if err != nil {
		return nil, err
	}
	return sk, r.v.confineEvent(&sk.Event, sk.Sealer, r.sc)
}

// Stated implements trace.Reader.
func (r *tracing) Stated(i uint64) (event.Kind, string, bool) {
	row := r.v.g.head.Row(i)
	kind := row.Kind.Kind()
	if kind == event.KindCorrect || r.v.g.head.Superseded(i, r.sc.size) || !r.sc.sees(r.v.g.head, i) {
		return kind, "", false
	}
	return kind, r.v.g.head.Name(row.Origin), true
}

// Sides implements trace.Reader.
func (r *tracing) Sides(i uint64, about []event.Denotation) ([]uint64, error) {
	all, err := r.v.g.sidesOf(i, r.sc.size)
	if err != nil || r.sc.limits == nil || len(all) == 0 {
		return all, err
	}
	owned, err := r.v.trails(about, r.sc)
	if err != nil {
		return nil, err
	}
	var open []event.Denotation // images whose whole trail is open
	for _, d := range owned {
		open = append(open, r.Same(d, false)...)
	}
	var list []uint64
	for _, other := range all {
		sees := r.sc.sees(r.v.g.head, other)
		if !sees {
			if sees, err = r.v.g.depicts(other, open); err != nil {
				return nil, err
			}
		}
		if sees {
			list = append(list, other)
		}
	}
	return list, nil
}

// Find implements trace.Reader.
func (r *tracing) Find(id event.Pseudonym) (uint64, bool, error) {
	i, ok := r.v.g.head.Entry(id)
	if !ok {
		return 0, false, nil
	}
	ok, err := r.v.finds(i, r.sc)
	return i, ok, err
}

// Correction implements trace.Reader.
func (r *tracing) Correction(i uint64) (by uint64, ok bool, err error) {
	if !r.v.g.head.Superseded(i, r.sc.size) { // mostly
		return 0, false, nil
	}
	for c, err := range r.v.corrections(i, r.sc) {
		if err != nil {
			return 0, false, err
		}
		by, ok = c, true
	}
	return by, ok, nil
}

// Same implements trace.Reader.
func (r *tracing) Same(d event.Denotation, inferred bool) []event.Denotation {
	return r.v.g.head.Equivalent(event.SubjectImage, d, r.sc.size, inferred)
}

// General implements trace.Reader.
func (r *tracing) General() (list []uint64, err error) {
	for _, i := range r.v.g.decisionsBelow(r.sc.size) {
		if r.sc.sees(r.v.g.head, i) {
			list = append(list, i)
		}
	}
	return list, nil
}

// Beyond implements trace.Reader.
func (r *tracing) Beyond(ctx context.Context, images []event.Denotation) (bool, error) {
	if r.sc.limits == nil {
		return false, nil
	}
	for _, d := range images {
		if is, err := r.v.owned(d, r.sc); err != nil || is {
			if err != nil {
				return false, err
			}
			continue // its whole trail is open
		}
		for i := range r.v.g.head.Select(index.Filter{Images: []event.Denotation{d}}, index.Recorded, r.sc.size, 0) {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if !r.sc.sees(r.v.g.head, i) && !ofTheLog(r.v.g.head.Row(i).Kind) {
				return true, nil
			}
		}
	}
	return false, nil
}

// tracer is what a view has traced of one state. A trace.Tracer is for one goroutine; the fields of an answer are worked
// out by several.
type tracer struct {
	mu   sync.Mutex
	made func() (*trace.Tracer, error)
	t    *trace.Tracer
}

// maxTraced is how many entries a tracer remembers before it begins anew; what it says does not depend on it.
const maxTraced = 20_000

// ask lets one goroutine at a time ask.
func (r *tracer) ask(what func(*trace.Tracer) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.t == nil || r.t.Read() > maxTraced {
		t, err := r.made()
		if err != nil {
			return err
		}
		r.t = t
	}
	return what(r.t)
}

// tracer returns the tracer of a state.
func (v *View) tracer(size uint64) *tracer {
	sc := v.scope(size)
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.tracers[size]
	if r == nil {
		r = &tracer{made: func() (*trace.Tracer, error) { return v.traced(sc) }}
		if v.tracers == nil {
			v.tracers = map[uint64]*tracer{}
		}
		v.tracers[size] = r
	}
	return r
}

// Counterpart is the other side of a transfer or receipt, as of a state and as far as the viewer sees.
type Counterpart struct {
	trace.Pairing
	Entry   event.Pseudonym // id of the other side, if Matched
	Now     time.Time       // that AgeLeast, AgeMost and Overdue are counted to, whatever the state asked for
	Overdue bool
}

// Counterpart returns the other side of an entry that the viewer sees, nil where it is no DISCLOSE or RECEIVE that counts.
func (v *View) Counterpart(i, size uint64) (*Counterpart, error) {
	sc := v.scope(size)
	if ok, err := v.finds(i, sc); err != nil || !ok {
		return nil, err
	}
	switch v.g.head.Row(i).Kind.Kind() {
	case event.KindDisclose, event.KindReceive:
	default:
		return nil, nil
	}
	out := &Counterpart{Now: v.g.opts.Clock()}
	var is bool
	err := v.tracer(size).ask(func(t *trace.Tracer) (err error) {
		out.Pairing, is, err = t.Pairing(i)
		return err
	})
	if err != nil || !is {
		return nil, err
	}
	out.Overdue = out.Pairing.Overdue(out.Now)
	if out.Matched {
		out.Entry = v.g.head.ID(out.Other)
	}
	return out, nil
}

// transfers are the kinds of entries that have another side.
var transfers = []event.Kind{event.KindDisclose, event.KindReceive}

// pairing makes the test of a filter's Unmatched.
func (v *View) pairing(unmatched bool, size uint64) func(i uint64) (bool, error) {
	return func(i uint64) (is bool, err error) {
		err = v.tracer(size).ask(func(t *trace.Tracer) error {
			p, transfer, err := t.Pairing(i)
			is = transfer && p.Matched != unmatched
			return err
		})
		return is, err
	}
}

// decided makes the test of a filter's Decided.
func (v *View) decided(states []trace.ConsentState, size uint64) func(i uint64) (bool, error) {
	return func(i uint64) (is bool, err error) {
		err = v.tracer(size).ask(func(t *trace.Tracer) error {
			edges, err := t.Edges(i)
			is = slices.ContainsFunc(edges, func(e trace.Edge) bool { return e.Index == i && slices.Contains(states, e.Consent.State) })
			return err
		})
		return is, err
	}
}

// onlyTransfers leaves of some kinds those that have another side; nil is any kind.
func onlyTransfers(kinds []event.Kind) []event.Kind {
	if kinds == nil {
		return transfers
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k event.Kind) bool { return !slices.Contains(transfers, k) })
}

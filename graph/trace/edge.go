package trace

import (
	"github.com/lichtspur/lichtspur/graph/event"
)

// Edge is one hop of one image, or of many that are not listed, as an entry records it.
type Edge struct {
	Index  uint64 // of the entry; of a pair the sender's, where it lists the image
	Other  uint64 // of the other side, if Paired
	Paired bool
	Kind   event.Kind
	Class  Class

	Image event.Denotation // zero in bulk: images were not listed
	Child event.Denotation // of a Derivation
	From  Place            // zero where it is not named, and of a Capture
	To    Place
	Left  event.Time // when it left; unplaced where that is not known
	Came  event.Time // when it came: of a pair, when the receiver says

	Collection string          // in bulk
	Quantity   *event.Quantity // in bulk, as the entry states it
	Purpose    string
	Basis      []string
	Exercise   bool

	Standing Standing
	Denied   []Statement // who denies such a flow
	Said     []Statement // who else says that there is such a flow
	Consent  Consent
}

// Edges returns what one entry does to the graph, see the table in the package documentation of graph/event and the
// classes. A matched receipt leaves to its transfer what both list, so that it has no edge of its own for that.
func (t *Tracer) Edges(i uint64) ([]Edge, error) {
	f, err := t.fact(i)
	if err != nil {
		return nil, err
	}
	ms, err := t.movesOf(f)
	if err != nil {
		return nil, err
	}
	list := make([]Edge, len(ms))
	for i := range ms {
		if list[i], err = t.edge(&ms[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// edge is what a reader is told of a move.
func (t *Tracer) edge(v *move) (e Edge, err error) {
	err = t.tell(v, &e)
	return e, err
}

// tell fills in what a reader is told of a move.
func (t *Tracer) tell(v *move, e *Edge) error {
	sk := v.fact.sk
	*e = Edge{Index: v.fact.index, Kind: v.fact.kind, Class: v.class, Left: v.left, Came: v.came,
		Purpose: sk.Purpose, Basis: sk.Basis, Exercise: sk.Exercise}
	if v.pair != nil {
		e.Other, e.Paired = v.pair.index, true
	}
	if v.from != nil {
		e.From = v.from.Place
	}
	if v.to != nil {
		e.To = v.to.Place
	}
	var o origin
	var err error
	switch {
	case v.image != nil:
		e.Image = v.image.shown
		if v.child != nil {
			e.Child = v.child.shown
		}
	default:
		e.Collection, e.Quantity = sk.Collection, sk.Quantity
		o.collection = sk.Collection
		if s := t.places.organisation(sk.Origin); s != nil {
			o.organisations = []*site{s}
		}
	}
	e.Standing = t.standing(v)
	if v.from != nil && v.to != nil && v.class != Derivation {
		c, err := t.loadClaims()
		if err != nil {
			return err
		}
		if c.near(v.to) {
			if v.image != nil {
				if o, err = t.originOf(v.image); err != nil {
					return err
				}
			}
			e.Denied, e.Said = c.denials(v.from, v.to, o, v.left), c.supports(v.from, v.to, o, v.left)
		}
	}
	if len(e.Denied) > 0 {
		e.Standing = Contested
	}
	e.Consent, err = t.consent(v)
	return err
}

// standing says whether one involved party signed a move or both did. Two sources of one organisation are one party.
func (t *Tracer) standing(v *move) Standing {
	if v.pair != nil && v.both && t.party(v.fact) != t.party(v.pair) {
		return Corroborated
	}
	return Recorded
}

package trace

import (
	"sync"
	"time"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
)

// Ground is what answers stand on whatever image they are about: places, what is claimed, and what owners decided about
// all their images. It is worked out when it is first asked for, and any number of tracers, of any goroutines, may stand
// on one: those whose readers see the same of the entries that it is made of, which are DECLARE and CLAIM, the RELEASE and
// RESTRICT that Reader.General lists, and what corrects any of these. Reading these is counted in no budget, so that no
// answer depends on who asked before.
type Ground struct {
	places *places

	mu      sync.Mutex // held while something is worked out; guards what follows
	claims  *claims
	general map[*site][]*fact // decisions on all images of an owner
	all     []*fact           // the same in order of the log; nil: not known yet
	widest  time.Duration     // longest pairing window, once known
	parties map[string]string // by source: who vouches for what it hands in
}

// NewGround returns the ground of a catalog.
func NewGround(cat *catalog.View) *Ground {
	return &Ground{places: newPlaces(cat), parties: map[string]string{}}
}

// loadClaims returns the claims on flows, holdings and rules that a viewer sees.
func (t *Tracer) loadClaims() (*claims, error) {
	if t.claims == nil {
		g := t.ground
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.claims == nil {
			read := t.read
			c, err := t.readClaims()
			if t.read = read; err != nil {
				return nil, err
			}
			g.claims = c
		}
		t.claims = g.claims
	}
	return t.claims, nil
}

// generally returns the decisions on all images of an owner, in order of the log; of any owner where it is nil.
func (t *Tracer) generally(owner *site) ([]*fact, error) {
	g := t.ground
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		read := t.read
		all, by, err := t.readGeneral()
		if t.read = read; err != nil {
			return nil, err
		}
		g.all, g.general = all, by
	}
	if owner == nil {
		return g.all, nil
	}
	return g.general[owner], nil
}

// readGeneral reads the decisions on all images of an owner.
func (t *Tracer) readGeneral() (all []*fact, by map[*site][]*fact, err error) {
	listed, err := t.r.General()
	if err != nil {
		return nil, nil, err
	}
	all, by = []*fact{}, map[*site][]*fact{}
	for _, i := range listed {
		f, err := t.fact(i)
		if err != nil {
			return nil, nil, err
		}
		if decides(f) && len(f.sk.Images) == 0 && f.sk.Collection == "" {
			all = append(all, f)
			if owner := t.places.organisation(f.sk.Owner); owner != nil {
				by[owner] = append(by[owner], f)
			}
		}
	}
	return all, by, nil
}

// longest is the longest pairing window that any system declares.
func (t *Tracer) longest() time.Duration {
	g := t.ground
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.widest == 0 {
		g.widest = DefaultWindow
		for e := range t.places.cat.List(event.DeclareSystem, "", everything) {
			if d, err := time.ParseDuration(e.System.PairingWindow); err == nil {
				g.widest = max(g.widest, d)
			}
		}
	}
	return g.widest
}

// party is who vouches for a fact: the organisation of its source.
func (t *Tracer) party(f *fact) string { return t.Party(f.sk.Source) }

// Party is who vouches for what a source hands in: the organisation that it belongs to.
func (t *Tracer) Party(source string) string {
	g := t.ground
	g.mu.Lock()
	defer g.mu.Unlock()
	if p, ok := g.parties[source]; ok {
		return p
	}
	p := "source " + source
	if e, ok := t.places.cat.Source(source); ok {
		if s := t.places.organisation(e.Declaration.Source.Organisation); s != nil {
			p = s.Organisation
		}
	}
	g.parties[source] = p
	return p
}

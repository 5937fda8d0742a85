package graph

import "fmt"

// A view that is kept, for somebody who follows the log, waits with [View.Grown], reads what came with
// [Particulars].Since, and looks with [View.Renew] whether it is still one.

// Grown returns a channel that is closed when the log has more than size entries, at once where it has. That it grew is
// no secret: the size stands in every checkpoint.
func (v *View) Grown(size uint64) <-chan struct{} {
	g := v.g
	g.cmu.Lock()
	defer g.cmu.Unlock()
	if g.head.Size() > size {
		done := make(chan struct{})
		close(done)
		return done
	}
	if g.growth == nil {
		g.growth = make(chan struct{})
	}
	return g.growth
}

// grew wakes who waits. The caller holds cmu.
func (g *Graph) grew() {
	if g.growth != nil {
		close(g.growth)
		g.growth = nil
	}
}

// Renew forgets what the view has worked out about states of the log, and fails as [Graph.As] would if it were asked
// for the view now.
func (v *View) Renew() error {
	v.mu.Lock()
	v.scopes, v.owners, v.tracers = nil, nil, nil
	v.mu.Unlock()
	return v.belongs()
}

// belongs fails where a dpo belongs to an organisation that is not declared.
func (v *View) belongs() error {
	if v.viewer.Role != DPO {
		return nil
	}
	now := v.scope(v.g.head.Size()).catalog
	for _, name := range v.viewer.Organisations {
		if _, ok := belongs(now, name); !ok {
			return &Error{Code: CodeNoRole, Message: fmt.Sprintf("this viewer is a dpo of %q, and no organisation of that name is declared; declare it, or make a token with another --organisation", name)}
		}
	}
	return nil
}

package graph

import (
	"slices"
	"sync"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// grounds are what was traced on lately: what is declared and claimed changes seldom, and reading it takes longer than
// following an image.
type grounds struct {
	mu  sync.Mutex
	all []ground // the last used first
}

// maxGrounds is how many are kept: one for each set of organisations that reads, and size that is asked about.
const maxGrounds = 8

type ground struct {
	who string // tells scopes apart
	// What makes up a ground (see [trace.Ground]) is all below this size, and below any size up to that of the ground
	// that was asked for it is the same.
	since uint64
	*trace.Ground
}

// changes are the kinds of entries that make another ground. What owners decide about single images does not.
var changes = []event.Kind{event.KindDeclare, event.KindClaim, event.KindCorrect}

// ground returns what a viewer's answers stand on as of a tree size.
func (v *View) ground(sc *scope) (*trace.Ground, error) {
	since := uint64(0)
	for i := range v.g.head.Select(index.Filter{Kinds: changes}, index.RecordedDesc, sc.size, 0) {
		since = i + 1
		break
	}
	if general := v.g.decisionsBelow(sc.size); len(general) > 0 {
		since = max(since, general[len(general)-1]+1)
	}
	who := ""
	if sc.limits != nil {
		who = "only " + sc.name()
	}
	k := &v.g.grounds
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.all, func(o ground) bool { return o.since == since && o.who == who })
	found := ground{who, since, nil}
	if at >= 0 {
		found = k.all[at]
		k.all = slices.Delete(k.all, at, at+1)
	} else {
		found.Ground = trace.NewGround(sc.catalog)
	}
	k.all = slices.Insert(k.all, 0, found)
	k.all = k.all[:min(len(k.all), maxGrounds)]
	return found.Ground, nil
}

// traced returns a tracer of what a viewer sees.
func (v *View) traced(sc *scope) (*trace.Tracer, error) {
	g, err := v.ground(sc)
	if err != nil {
		return nil, err
	}
	return trace.On(g, &tracing{v, sc}), nil
}

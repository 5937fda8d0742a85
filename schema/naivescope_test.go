package schema_test

import (
	"maps"
	"slices"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
)

// naiveScope finds what a viewer sees by going through all entries again and again.
type naiveScope struct {
	steps  []*step
	size   uint64
	trails bool

	// An image is somebody else's by an entry that the viewer does not see, and its own by one that it sees. What it
	// sees is all the same decided by the first, so no store without it can answer alike.
	torn bool

	own  map[string]bool // "o/…" and "s/…"
	sees map[event.Pseudonym]bool
}

func (n *naiveScope) visible(s *step) bool { return s.sk != nil && n.sees[s.entry] }

// entries are those below the size, in order.
func (n *naiveScope) entries() (out []*step) {
	for _, s := range n.steps {
		if s.sk != nil && s.index < n.size {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *step) int { return int(a.index) - int(b.index) })
	return out
}

func (n *naiveScope) work(given []string) {
	n.own = map[string]bool{}
	for _, o := range given {
		n.own["o/"+o] = true
	}
	for before := -1; before != len(n.own); {
		before = len(n.own)
		n.look()
		c := catalog.New()
		for _, s := range n.entries() {
			// A correction that is not limited counts where what it corrects is seen, which the fold itself finds out.
			if s.sk.Kind == event.KindDeclare && n.sees[s.entry] || s.sk.Kind == event.KindCorrect && (!limitedTo(s.sk) || n.sees[s.entry]) {
				c.Apply(s.index, s.sk)
			}
		}
		n.widen(c.View(), given)
	}
	n.look()
	if n.trails {
		n.follow()
	}
}

// widen adds parts, systems and names, one step at a time.
func (n *naiveScope) widen(now *catalog.View, given []string) {
	firm := func(e *catalog.Entry) bool {
		return !(e.Organisation != nil && e.Organisation.Flagged || e.System != nil && e.System.Flagged)
	}
	organs, systems := map[string]bool{}, map[string]bool{}
	for _, o := range given {
		if e, ok := now.Organisation(o); ok && (firm(e) || e.ID == o) {
			organs[e.ID] = true
		}
	}
	for grown := true; grown; {
		grown = false
		add := func(set map[string]bool, id string) {
			if !set[id] {
				set[id], grown = true, true
			}
		}
		for e := range now.List(event.DeclareOrganisation, "", catalog.Criteria{}) {
			if of := e.Organisation.PartOf; firm(e) && of != "" && n.under(now, event.DeclareOrganisation, of, organs) {
				add(organs, e.ID)
			}
		}
		for e := range now.List(event.DeclareSystem, "", catalog.Criteria{}) {
			if firm(e) && (n.under(now, event.DeclareOrganisation, e.System.Operator, organs) || e.System.PartOf != "" && n.under(now, event.DeclareSystem, e.System.PartOf, systems)) {
				add(systems, e.ID)
			}
		}
	}
	for id := range organs {
		for _, name := range now.Synonyms(event.DeclareOrganisation, id) {
			n.own["o/"+name] = true
		}
	}
	for id := range systems {
		for _, name := range now.Synonyms(event.DeclareSystem, id) {
			n.own["s/"+name] = true
		}
	}
}

// under reports whether a name stands for a member of a set.
func (n *naiveScope) under(now *catalog.View, t event.DeclarationType, name string, set map[string]bool) bool {
	for id := range set {
		if slices.Contains(now.Synonyms(t, id), name) {
			return true
		}
	}
	return false
}

func limitedTo(sk *event.Skeleton) bool { return sk.Visibility != nil && !sk.Visibility.Public }

// look finds out which entries are seen by themselves.
func (n *naiveScope) look() {
	n.sees = map[event.Pseudonym]bool{}
	for _, s := range n.entries() {
		sk := s.sk
		see := n.own["o/"+sk.Requester] || n.own["o/"+sk.From.Organisation] || n.own["s/"+sk.From.System] || n.own["o/"+sk.To.Organisation] ||
			n.own["s/"+sk.To.System] || n.own["o/"+sk.Origin] || n.own["o/"+sk.Controller]
		for _, d := range sk.Databases {
			see = see || n.own["s/"+d.System]
		}
		switch {
		case limitedTo(sk):
			for _, o := range sk.Visibility.Organisations {
				see = see || n.own["o/"+o]
			}
		case sk.Kind == event.KindClaim || sk.Kind == event.KindDeclare:
			see = true
		case sk.Kind == event.KindCorrect || sk.Kind == event.KindReview || sk.Kind == event.KindHold:
			for _, ref := range sk.Relates {
				see = see || n.sees[ref.Entry]
			}
		}
		if see {
			n.sees[s.entry] = true
		}
	}
}

// follow adds the trails of owned images, with what corrects them.
func (n *naiveScope) follow() {
	all := n.entries()
	corrects := func(c, s *step) bool {
		return c.sk.Kind == event.KindCorrect && c.source == s.source && slices.ContainsFunc(c.sk.Relates, func(r event.Reference) bool {
			return r.Relation == event.RelationSupersedes && r.Entry == s.entry
		})
	}
	// An owner is whom the first entry names that names one, if all before are of the same source or it is the
	// operator's; whom a later one of the operator names, if nobody else was named meanwhile.
	owners := func(of []*step) map[event.Pseudonym]string {
		owner := map[event.Pseudonym]string{}
		for _, mine := range slices.Sorted(maps.Keys(n.own)) {
			type before struct {
				sources []string
				closed  bool
			}
			seen := map[event.Pseudonym]*before{}
			for _, s := range of {
				if slices.ContainsFunc(of, func(c *step) bool { return corrects(c, s) }) {
					continue
				}
				images := map[event.Pseudonym]bool{}
				for _, i := range s.sk.Images {
					images[i.Pseudonym] = !i.Pseudonym.IsZero()
				}
				for p, is := range images {
					if !is {
						continue
					}
					b := seen[p]
					if b == nil {
						b = &before{}
						seen[p] = b
					}
					ours := s.sk.Owner != "" && n.own["o/"+s.sk.Owner]
					if ours && !b.closed && owner[p] == "" && "o/"+s.sk.Owner == mine &&
						(s.source == graph.LogID || !slices.ContainsFunc(b.sources, func(other string) bool { return other != s.source })) {
						owner[p] = s.sk.Owner
					}
					b.closed = b.closed || s.sk.Owner != "" && !ours
					b.sources = append(b.sources, s.source)
				}
			}
		}
		return owner
	}
	owner := owners(all)
	for _, s := range all {
		if slices.ContainsFunc(s.sk.Images, func(i event.Image) bool { return owner[i.Pseudonym] != "" && n.own["o/"+owner[i.Pseudonym]] }) {
			n.sees[s.entry] = true
			for _, c := range all {
				if corrects(c, s) {
					n.sees[c.entry] = true
				}
			}
		}
	}
	for p, is := range owners(slices.DeleteFunc(all, func(s *step) bool { return !n.sees[s.entry] })) {
		n.torn = n.torn || n.own["o/"+is] && !n.own["o/"+owner[p]]
	}
}

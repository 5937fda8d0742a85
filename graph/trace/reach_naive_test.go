package trace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// claimOf is a claim on a flow or holding.
func claimOf(typ event.PropositionType, id, from, to, population string, stance event.Stance) *event.Event {
	c := &event.Claim{Claimant: "speaker", Stance: stance, Modality: event.ModalityFact, SourceClass: event.SourceOfficial,
		Addressee:   stance == event.StanceNoInformation || stance == event.StanceWithheld,
		Proposition: event.Proposition{ID: id, Type: typ, From: from, To: to, Population: population}}
	switch typ {
	case event.PropositionHolding:
		c.Proposition.Subject, c.Proposition.From, c.Proposition.To = from, "", ""
	case event.PropositionRule:
		c.Proposition.Subject = from
	}
	return &event.Event{Kind: event.KindClaim, Claim: c, Citation: &event.Citation{Source: "paper"}}
}

func flow(id, from, to, population string, stance event.Stance) *event.Event {
	return claimOf(event.PropositionFlow, id, from, to, population, stance)
}

func (w *world) reachable() {
	w.organisation("speaker", "", "")
	w.declare(&event.Declaration{Type: event.DeclareDocument, ID: "paper", Document: &event.DocumentDeclaration{}})
}

// TestReachCounterexamples: what a naive version of each definition gets wrong.
func TestReachCounterexamples(t *testing.T) {
	const dis = event.KindDisclose
	from := func(place string) trace.Origin { return trace.Origin{Place: place} }
	origin := func(e *event.Event, o string) *event.Event { e.Origin = o; return e }
	bulk := func(occurred, from, to, collection string) *event.Event {
		e := moved(dis, occurred, from, to, "")
		e.Images, e.Collection = nil, collection
		return e
	}
	for _, c := range []struct {
		name string
		say  []*event.Event
		q    trace.ReachQuery
		want trace.Verdict
		way  string
	}{
		{"one image goes all the way", []*event.Event{moved(dis, "2025-01-01", "a", "b", "1", "p"), moved(dis, "2025-01-02", "b", "c", "2", "p")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.ReachRecorded, "a transfer:recorded a>b transfer:recorded b>c"},
		{"two images do not join", []*event.Event{moved(dis, "2025-01-01", "a", "b", "1", "p"), moved(dis, "2025-01-02", "b", "c", "2", "q")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.NoRecordedPath, ""},
		{"an image and what was made of it join", []*event.Event{moved(dis, "2025-01-01", "a", "b", "1", "p"), derived("2025-01-02", "b", "p", "q"), moved(dis, "2025-01-03", "b", "c", "2", "q")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.ReachRecorded, "a transfer:recorded a>b derivation:recorded b>b transfer:recorded b>c"},
		{"but not what was made of it before", []*event.Event{moved(dis, "2025-01-02", "a", "b", "1", "p"), derived("2025-01-01", "b", "p", "q"), moved(dis, "2025-01-03", "b", "c", "2", "q")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.NoRecordedPath, ""},
		{"it left before it came", []*event.Event{moved(dis, "2025-01-02", "a", "b", "1", "p"), moved(dis, "2025-01-01", "b", "c", "2", "p")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.NoRecordedPath, ""},
		{"it may have left after it came", []*event.Event{moved(dis, "2025-01-02", "a", "b", "1", "p"), moved(dis, "2025-01", "b", "c", "2", "p")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.ReachRecorded, "a transfer:recorded a>b transfer:recorded b>c"},
		{"it came later than asked", []*event.Event{moved(dis, "2025-01-02", "a", "b", "1", "p")},
			trace.ReachQuery{From: from("a"), To: "b", By: when("2025-01-01").Latest}, trace.NoRecordedPath, ""},
		{"an unlisted image may have been the one", []*event.Event{bulk("2025-01-01", "a", "b", "lot"), moved(dis, "2025-01-02", "b", "c", "2", "q")},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.ReachPossible, "a transfer:recorded a>b transfer:recorded b>c"},
		{"unless it is known to be from elsewhere", []*event.Event{origin(bulk("2025-01-01", "a", "b", "lot"), "org-a"), origin(moved(dis, "2025-01-02", "b", "c", "2", "q"), "org-d")},
			trace.ReachQuery{From: trace.Origin{Organisation: "org-a"}, To: "c"}, trace.NoRecordedPath, ""},
		{"what is in the part is in the whole", []*event.Event{moved(dis, "2025-01-01", "a", "c-part", "1", "p"), moved(dis, "2025-01-02", "c", "d", "2", "p")},
			trace.ReachQuery{From: from("a"), To: "d"}, trace.ReachRecorded, "a transfer:recorded a>c-part transfer:recorded c>d"},
		{"the whole for its part is possible and not recorded", []*event.Event{moved(dis, "2025-01-01", "a", "c", "1", "p")},
			trace.ReachQuery{From: from("a"), To: "c-part"}, trace.ReachPossible, "a transfer:recorded a>c part:claimed c>c-part"},
		{"a part is not its neighbour", []*event.Event{moved(dis, "2025-01-01", "a", "c-part", "1", "p")},
			trace.ReachQuery{From: from("a"), To: "c-part2"}, trace.NoRecordedPath, ""},
		{"a denial that names the part cuts the whole standing for it", []*event.Event{moved(dis, "2025-01-01", "a", "c", "1", "p"), claimOf(event.PropositionHolding, "h", "c-part", "", "", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "c-part"}, trace.ReachDenied, "a transfer:recorded a>c part:denied c>c-part"},
		{"nor is a flow into the part that is denied had by way of the whole", []*event.Event{moved(dis, "2025-01-01", "a", "c", "1", "p"), flow("f", "a", "c-part", "", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "c-part"}, trace.ReachDenied, "a claimed:denied a>c-part"},
		{"but by who else sent to the whole", []*event.Event{flow("f", "a", "c", "", event.StanceAsserted), flow("g", "a", "c-part", "", event.StanceDenied), flow("h", "a", "b", "", event.StanceAsserted), flow("i", "b", "c", "", event.StanceAsserted)},
			trace.ReachQuery{From: from("a"), To: "c-part"}, trace.ReachPossible, "a claimed:claimed a>b claimed:claimed b>c part:claimed c>c-part"},
		{"where it is from is no beginning if it is denied to be there", []*event.Event{claimOf(event.PropositionHolding, "h", "d-de", "", "DE", event.StanceDenied)},
			trace.ReachQuery{From: trace.Origin{Country: "DE"}, To: "d-de"}, trace.ReachDenied, "d-de"},
		{"a denial that names the whole does not cut a flow into another", []*event.Event{flow("f", "a", "b", "", event.StanceAsserted), flow("g", "a", "c", "", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachPossible, "a claimed:claimed a>b"},
		{"a recorded edge that is denied still counts", []*event.Event{moved(dis, "2025-01-01", "a", "b", "1", "p"), flow("f", "a", "b", "", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachRecorded, "a transfer:contested a>b"},
		{"a denied flow is where it could have gone", []*event.Event{flow("f", "a", "b", "", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachDenied, "a claimed:denied a>b"},
		{"forbidden is not denied", []*event.Event{flow("f", "a", "b", "", event.StanceAsserted), claimOf(event.PropositionRule, "r", "a", "b", "", event.StanceAsserted)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachPossible, "a claimed:claimed a>b"},
		{"silence is not a no", []*event.Event{flow("f", "a", "b", "", event.StanceNoInformation)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachUnknown, "a claimed:no_information a>b"},
		{"what is withheld is not a no", []*event.Event{flow("f", "a", "b", "", event.StanceWithheld)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachUnknown, "a claimed:no_information a>b"},
		{"a denial for some is none for others", []*event.Event{flow("f", "a", "b", "", event.StanceAsserted), flow("g", "a", "b", "FR", event.StanceDenied)},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.ReachPossible, "a claimed:claimed a>b"},
		{"flows of different images do not join", []*event.Event{flow("f", "a", "b", "DE", event.StanceAsserted), flow("g", "b", "c", "FR", event.StanceAsserted)},
			trace.ReachQuery{From: from("a"), To: "c"}, trace.NoRecordedPath, ""},
		{"a permission is no flow", []*event.Event{{Kind: event.KindRelease, Owner: "org-a", Requester: "org-a", Permission: &event.Permission{Systems: []string{"b"}}}},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.NoRecordedPath, ""},
		{"unless it is asked for", []*event.Event{{Kind: event.KindRelease, Owner: "org-a", Requester: "org-a", Permission: &event.Permission{Systems: []string{"b"}}}},
			trace.ReachQuery{From: trace.Origin{Organisation: "org-a"}, To: "b", Through: append([]trace.Through{trace.ThroughPermissions}, trace.EveryThrough...)}, trace.ReachPossible, "org-a permitted:claimed org-a>b"},
		{"exercise data is nothing that happened", []*event.Event{func() *event.Event { e := moved(dis, "2025-01-01", "a", "b", "1", "p"); e.Exercise = true; return e }()},
			trace.ReachQuery{From: from("a"), To: "b"}, trace.NoRecordedPath, ""},
		{"an asserted holding is a beginning", []*event.Event{claimOf(event.PropositionHolding, "h", "b", "", "DE", event.StanceAsserted), flow("f", "b", "c", "", event.StanceConjectured)},
			trace.ReachQuery{From: trace.Origin{Country: "DE"}, To: "c"}, trace.ReachPossible, "b claimed:claimed b>c"},
		{"one of other images is none", []*event.Event{claimOf(event.PropositionHolding, "h", "b", "", "FR", event.StanceAsserted), flow("f", "b", "c", "", event.StanceConjectured)},
			trace.ReachQuery{From: trace.Origin{Country: "DE"}, To: "c"}, trace.NoRecordedPath, ""},
		{"an image captured there", []*event.Event{origin(enrolled("2025-01-01", "b", "p"), "org-de"), moved(dis, "2025-01-02", "b", "c", "1", "p")},
			trace.ReachQuery{From: trace.Origin{Country: "DE"}, To: "c"}, trace.ReachRecorded, " capture:recorded >b transfer:recorded b>c"},
	} {
		w := newWorld()
		w.abc()
		w.reachable()
		w.organisation("org-de", "DE", "")
		w.system("d-de", "org-de", "")
		w.system("c-part", "org-c", "c")
		w.system("c-part2", "org-c", "c")
		for _, e := range c.say {
			w.say("src-a", e)
		}
		r := w.reach(t, c.q)
		if r.Verdict != c.want || way(r) != c.way {
			t.Errorf("%s: %s by %q, want %s by %q", c.name, r.Verdict, way(r), c.want, c.way)
		}
		if c.name == "forbidden is not denied" && !slices.Equal(propositions(r.ForbiddenBy), []string{"r"}) {
			t.Errorf("%s: forbidden by %q", c.name, propositions(r.ForbiddenBy))
		}
	}
}

// A naive graph of few places: everything by definition, path by path.
type naiveEdge struct {
	image, child string // "": not listed
	from, to     string
	first, last  int64 // when it can have been
	population   string
	level        int // of the first search that takes it; denials come on top
}

type naiveReach struct {
	within  map[string][]string // what a place is in, itself first
	country map[string]string   // of organisations
	edges   []naiveEdge
	denials []event.Proposition
	origin  map[string]string // organisation that an image is from
	start   string            // place; or
	of      string            // population: a country or organisation
	holds   []event.Proposition
	places  []string
	goal    string
	level   int
}

func (n *naiveReach) in(a, b string) bool { return slices.Contains(n.within[a], b) }

// whose is what is known of whose image it is on a path: its organisation, else what the path says.
type whose struct{ country, organisation string }

func (n *naiveReach) covers(population string, w whose) bool {
	switch {
	case population == "":
		return true
	case len(population) == 2:
		return w.country == population || w.organisation != "" && n.country[w.organisation] == population
	}
	return w.organisation != "" && n.in(w.organisation, population)
}

func (n *naiveReach) may(population string, w whose) bool {
	switch {
	case population == "" || w == whose{}:
		return true
	case len(population) == 2 && w.country != "":
		return population == w.country
	case len(population) == 2:
		return n.country[w.organisation] == "" || n.country[w.organisation] == population
	case w.organisation == "":
		return n.country[population] == "" || n.country[population] == w.country
	}
	return n.in(w.organisation, population) || n.in(population, w.organisation)
}

func (n *naiveReach) narrowed(population string, w whose) whose {
	switch {
	case population == "":
	case len(population) == 2:
		if w.country == "" {
			w.country = population
		}
	case w.organisation == "" || n.in(population, w.organisation):
		w.organisation = population
	}
	return w
}

func (n *naiveReach) denied(from, to string, w whose) bool {
	for _, p := range n.denials {
		if !n.covers(p.Population, w) {
			continue
		}
		if p.Type == event.PropositionHolding {
			if n.in(to, p.Subject) && (from == "" || !n.in(from, p.Subject)) {
				return true
			}
		} else if n.in(from, p.From) && n.in(to, p.To) {
			return true
		}
	}
	return false
}

// parted reports whether it is denied that what came from a place into a whole is in a part of it.
func (n *naiveReach) parted(via, whole, part string, w whose) bool {
	return slices.ContainsFunc(n.denials, func(p event.Proposition) bool {
		return p.Type == event.PropositionFlow && via != "" && n.covers(p.Population, w) && n.in(via, p.From) && n.in(part, p.To) && !n.in(whole, p.To)
	})
}

// known is whose an image on the path is.
func (n *naiveReach) known(image string, w whose) whose {
	if o := n.origin[image]; image != "" && o != "" {
		w.organisation = o
	}
	return w
}

// walk reports whether the goal is reached from a place, whereto it came from another ("": it began there, or was made
// there), by what is left of the path's length.
func (n *naiveReach) walk(image, via, at string, w whose, when int64, left int) bool {
	if n.in(at, n.goal) {
		return true
	}
	if left == 0 {
		return false
	}
	if n.level > 1 && n.in(n.goal, at) && (n.level > 2 || !n.denied(at, n.goal, n.known(image, w)) && !n.parted(via, at, n.goal, n.known(image, w))) {
		return true
	}
	for _, e := range n.edges {
		if e.level > n.level || image != "" && e.image != "" && image != e.image || image == "" && e.image != "" && (n.level == 1 || !n.mayBe(e.image, w)) {
			continue
		}
		from := at
		if !n.in(at, e.from) {
			if n.level == 1 || !n.in(e.from, at) || n.level == 2 && (n.denied(at, e.from, n.known(image, w)) || n.parted(via, at, e.from, n.known(image, w))) {
				continue
			}
			from = e.from
		}
		w := w
		if e.image == "" && e.population != "" {
			if !n.may(e.population, n.known(image, w)) {
				continue
			}
		}
		if e.child == "" && n.level == 2 && n.denied(from, e.to, n.known(image, w)) {
			continue
		}
		if e.image == "" {
			w = n.narrowed(e.population, w)
		}
		came := max(when, e.first)
		if came > e.last {
			continue
		}
		next := image
		if e.image != "" {
			if next = e.image; e.child != "" {
				next = e.child
			}
		}
		if e.child != "" {
			from = ""
		}
		if n.walk(next, from, e.to, w, came, left-1) {
			return true
		}
	}
	return false
}

// mayBe reports whether an image may be one of a population.
func (n *naiveReach) mayBe(image string, w whose) bool {
	o := n.origin[image]
	switch {
	case o == "":
		return true
	case w.organisation != "":
		return n.in(o, w.organisation) || n.in(w.organisation, o)
	}
	return w.country == "" || n.country[o] == "" || n.country[o] == w.country
}

func (n *naiveReach) verdict() trace.Verdict {
	of := whose{}
	if len(n.of) == 2 {
		of.country = n.of
	} else {
		of.organisation = n.of
	}
	for n.level = 1; n.level <= 4; n.level++ {
		found := false
		for _, e := range n.edges {
			if e.image == "" {
				continue
			}
			if n.start != "" {
				found = found || n.in(e.from, n.start) && n.walk(e.image, "", e.from, whose{}, event.Beginning, 6)
				other := e.image
				if e.child != "" {
					other = e.child
				}
				found = found || n.in(e.to, n.start) && n.walk(other, "", e.to, whose{}, e.first, 6)
				continue
			}
			o := n.origin[e.image]
			if n.level == 1 && o != "" && n.covers(n.of, whose{organisation: o}) || n.level > 1 && n.mayBe(e.image, of) {
				found = found || n.walk(e.image, "", e.from, of, event.Beginning, 6)
			}
		}
		if n.level > 1 {
			for _, p := range n.places {
				if n.start != "" && n.in(p, n.start) {
					found = found || n.walk("", "", p, whose{}, event.Beginning, 6)
				}
				if n.start == "" && (len(n.of) == 2 && slices.ContainsFunc(n.within[p], func(o string) bool { return n.country[o] == n.of }) || n.in(p, n.of)) {
					found = found || (n.level > 2 || !n.denied("", p, of)) && n.walk("", "", p, of, event.Beginning, 6)
				}
			}
			for _, h := range n.holds {
				if n.start != "" || h.Population == "" || !n.may(h.Population, of) || n.level == 2 && n.denied("", h.Subject, of) {
					continue
				}
				found = found || n.walk("", "", h.Subject, n.narrowed(h.Population, of), event.Beginning, 6)
			}
		}
		if found {
			return [...]trace.Verdict{1: trace.ReachRecorded, 2: trace.ReachPossible, 3: trace.ReachDenied, 4: trace.ReachUnknown}[n.level]
		}
	}
	return trace.NoRecordedPath
}

// TestReachLikeAllPaths: the verdict is that of going through all paths by definition, on random small graphs with
// claims, bulk flows, containment and time.
func TestReachLikeAllPaths(t *testing.T) {
	got := map[trace.Verdict]int{}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 11))
		w := newWorld()
		w.reachable()
		n := &naiveReach{within: map[string][]string{}, country: map[string]string{}, origin: map[string]string{}}
		organisations := []string{"or0", "or1", "or2"}
		for i, o := range organisations {
			n.country[o] = []string{"DE", "FR", ""}[r.IntN(3)]
			part := ""
			n.within[o] = []string{o}
			if i == 2 && r.IntN(2) == 0 {
				part = "or1"
				n.within[o] = append(n.within[o], n.within[part]...)
				if n.country[o] == "" {
					n.country[o] = n.country[part]
				}
				w.organisation(o, n.country[o], part)
				continue
			}
			w.organisation(o, n.country[o], part)
		}
		var systems []string
		for i := range 5 {
			s := fmt.Sprint("s", i)
			operator, part := organisations[r.IntN(3)], ""
			n.within[s] = []string{s}
			if i > 0 && r.IntN(3) == 0 {
				part = systems[r.IntN(i)]
				n.within[s] = append(n.within[s], n.within[part]...)
			}
			n.within[s] = append(n.within[s], n.within[operator]...)
			w.system(s, operator, part)
			systems = append(systems, s)
		}
		n.places = append(slices.Clone(systems), organisations...)
		w.source("src", "or0")
		place := func() string { return n.places[r.IntN(len(n.places))] }
		populations := []string{"", "", "", "DE", "FR", "or0", "or1"}
		for _, image := range []string{"p", "q"} {
			n.origin[image] = []string{"", "or0", "or1", "or2"}[r.IntN(4)]
		}
		claimed := map[string]*naiveEdge{}
		for range 2 + r.IntN(7) {
			day := 1 + r.IntN(5)
			occurred := []string{fmt.Sprintf("2025-01-%02d", day), fmt.Sprintf("2025-01-%02dT12:00:00Z", day), "2025-01", ""}[r.IntN(4)]
			first, last := event.Beginning, event.End
			if occurred != "" {
				first, last = when(occurred).Earliest, when(occurred).Latest
			}
			from, to := systems[r.IntN(5)], systems[r.IntN(5)]
			if from == to {
				continue
			}
			e := moved(event.KindDisclose, occurred, from, to, fmt.Sprint("R", len(w.Entries)), []string{"p", "q"}[r.IntN(2)])
			edge := naiveEdge{from: from, to: to, first: first, last: last, level: 1}
			switch r.IntN(9) {
			case 0, 1, 2:
				edge.image = "p"
				if e.Images[0].Digest == pic("q") {
					edge.image = "q"
				}
				e.Origin = n.origin[edge.image]
			case 3:
				e.Images, e.Collection = nil, "lot"
				edge.level = 2
				if r.IntN(2) == 0 {
					e.Origin = organisations[r.IntN(3)]
					edge.population = e.Origin
				}
			case 4:
				if n.origin["p"] == n.origin["q"] || n.origin["q"] == "" {
					n.origin["q"] = n.origin["p"]
					e = derived(occurred, from, "p", "q")
					e.Origin = n.origin["p"]
					edge.image, edge.child, edge.to = "p", "q", from
					break
				}
				continue
			default:
				from, to := place(), place()
				if from == to {
					continue
				}
				population := populations[r.IntN(len(populations))]
				stance := []event.Stance{event.StanceAsserted, event.StanceConjectured, event.StanceDenied, event.StanceDenied, event.StanceNoInformation, event.StanceNoInformation}[r.IntN(6)]
				id := fmt.Sprint(from, to, population)
				w.say("src", flow(id, from, to, population, stance))
				level := map[event.Stance]int{event.StanceAsserted: 2, event.StanceConjectured: 2, event.StanceDenied: 3, event.StanceNoInformation: 4}[stance]
				if old := claimed[id]; old != nil {
					old.level = min(old.level, level)
				} else {
					claimed[id] = &naiveEdge{from: from, to: to, first: event.Beginning, last: event.End, population: population, level: level}
				}
				if stance == event.StanceDenied {
					n.denials = append(n.denials, event.Proposition{Type: event.PropositionFlow, From: from, To: to, Population: population})
				}
				continue
			}
			w.say("src", e)
			n.edges = append(n.edges, edge)
		}
		for _, e := range claimed {
			n.edges = append(n.edges, *e)
		}
		for range r.IntN(3) {
			at, population := place(), populations[r.IntN(len(populations))]
			p := event.Proposition{Type: event.PropositionHolding, Subject: at, Population: population}
			stance := event.StanceDenied
			if r.IntN(2) == 0 {
				stance = event.StanceAsserted
				n.holds = append(n.holds, p)
			} else {
				n.denials = append(n.denials, p)
			}
			w.say("src", claimOf(event.PropositionHolding, "h"+at+population, at, "", population, stance))
		}
		// An image that was made of another is from where that is from, so what an entry says of one goes for both.
		q := trace.ReachQuery{To: place()}
		n.goal = q.To
		switch r.IntN(3) {
		case 0:
			q.From.Place = place()
			n.start = q.From.Place
		case 1:
			q.From.Country, n.of = "DE", "DE"
		default:
			q.From.Organisation = organisations[r.IntN(3)]
			n.of = q.From.Organisation
		}
		want := n.verdict()
		a := w.reach(t, q)
		if a.Verdict != want {
			t.Fatalf("seed %d: %s by %q, want %s\nfrom %+v to %s\nedges %+v\ndenials %+v\nholdings %+v\nwithin %v, countries %v, origins %v",
				seed, a.Verdict, way(a), want, q.From, q.To, n.edges, n.denials, n.holds, n.within, n.country, n.origin)
		}
		got[want]++
		// Where it begins may be what is denied.
		if want == trace.ReachDenied && (len(a.DeniedBy) == 0 || len(a.Cut) == 0 && len(a.Path.Denied) == 0) {
			t.Fatalf("seed %d: denied by %+v, cut %+v", seed, a.DeniedBy, a.Cut)
		}
	}
	for _, v := range []trace.Verdict{trace.ReachRecorded, trace.ReachPossible, trace.ReachDenied, trace.ReachUnknown, trace.NoRecordedPath} {
		if got[v] < 30 {
			t.Errorf("%s was the answer %d times only", v, got[v])
		}
	}
	t.Log(got)
}

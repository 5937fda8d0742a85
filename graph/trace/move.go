package trace

import (
	"slices"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Class is what an edge does with an image.
type Class string

// The classes of edges.
const (
	Capture    Class = "CAPTURE"    // a holding starts: taken, scraped or stored, from nowhere named
	Transfer   Class = "TRANSFER"   // a holding starts in the place it goes to: ENROL, DISCLOSE, RECEIVE, a stored probe
	Derivation Class = "DERIVATION" // a child is made of a parent
	Showing    Class = "SHOWING"    // transient: a probe to a database, a candidate to who searched, a side of a comparison
	Training   Class = "TRAINING"   // a holding starts in a model, for good
	Claimed    Class = "CLAIMED"    // somebody says so
)

// move is one edge of one image as an entry records it; image is nil where the entry lists none (bulk).
type move struct {
	class        Class
	image, child *image // child of a Derivation
	from, to     *site  // from of a Capture is nil; either may be nil where it is not named
	left, came   event.Time
	fact         *fact // that says it
	pair         *fact // the other side, where it is matched
	both         bool  // the other side lists the image, too, or both are bulk

	in    *walk // the last one that followed it, and
	depth int   // how many hops that was from where it began
	step  int   // which step of it that was
}

// movesOf returns what a fact does to the graph, in the table's order. A matched receipt leaves to its transfer what
// both list.
func (t *Tracer) movesOf(f *fact) ([]move, error) {
	if f.moved || f.void {
		return f.moves, nil
	}
	b := moves{t: t, f: f, left: f.sk.Occurred, came: f.sk.Occurred, from: t.places.of(f.sk.From), to: t.places.of(f.sk.To)}
	var err error
	switch f.kind {
	case event.KindCapture:
		b.from = nil
		b.every(Capture)
	case event.KindEnrol:
		if b.from == b.to {
			b.from = nil
		}
		if b.from == nil {
			b.every(Capture)
		} else {
			b.every(Transfer)
		}
	case event.KindDisclose, event.KindReceive:
		err = b.transfer()
	case event.KindDerive:
		b.derive()
	case event.KindQuery:
		b.search(nil)
	case event.KindMatch:
		err = b.match()
	case event.KindCompare:
		b.compare()
	case event.KindTrain:
		b.every(Training)
	}
	if err == nil {
		f.moves, f.moved = b.all, true
	}
	return f.moves, err
}

// moves gathers the moves of a fact.
type moves struct {
	t          *Tracer
	f, pair    *fact
	from, to   *site
	left, came event.Time
	all        []move
}

func (b *moves) add(c Class, m *image, from, to *site) {
	if from == to && c != Derivation {
		return
	}
	b.all = append(b.all, move{class: c, image: m, from: from, to: to, left: b.left, came: b.came, fact: b.f, pair: b.pair})
}

// every adds one move for each image, and one for what is not listed.
func (b *moves) every(c Class) {
	for _, m := range b.t.imagesOf(b.f) {
		b.add(c, m, b.from, b.to)
	}
	if unlisted(b.f) {
		b.add(c, nil, b.from, b.to)
	}
}

// unlisted reports whether a fact is about images that it does not list: it names a collection or quantity instead,
// a quantity that may be more than it lists, or withholds them.
func unlisted(f *fact) bool {
	listed := int64(0)
	for _, i := range f.sk.Images {
		if !i.Pseudonym.IsZero() {
			listed++
		}
	}
	if q := f.sk.Quantity; q != nil && listed > 0 {
		_, most, bounded := Bounds(*q)
		return !bounded || most > listed
	}
	return listed == 0 && (f.sk.Collection != "" || f.sk.Quantity != nil || len(f.sk.Images) > 0 ||
		slices.ContainsFunc(f.sk.Withheld, func(p string) bool { return p == "/images" }))
}

// transfer makes one edge of a matched pair: it left when the sender says and came when the receiver does.
func (b *moves) transfer() error {
	other, err := b.t.match(b.f)
	if err != nil {
		return err
	}
	if other == b.f {
		b.every(Transfer)
		return nil
	}
	b.pair = other
	d, r := sides(b.f, b.pair)
	b.left, b.came = d.sk.Occurred, r.sk.Occurred
	if b.left.IsZero() {
		b.left = b.came
	}
	if b.came.IsZero() {
		b.came = b.left
	}
	b.from = narrower(b.from, b.t.places.of(b.pair.sk.From))
	b.to = narrower(b.to, b.t.places.of(b.pair.sk.To))
	b.every(Transfer)
	kept := b.all[:0]
	for _, m := range b.all {
		m.both = m.image != nil && b.t.lists(b.pair, m.image) || m.image == nil && unlisted(b.pair)
		if b.f == d || !m.both {
			kept = append(kept, m)
		}
	}
	b.all = kept
	return nil
}

// narrower returns the one of two places that lies within the other, the first where neither does.
func narrower(a, b *site) *site {
	if b != nil && (a == nil || b.within(a)) {
		return b
	}
	return a
}

func (b *moves) derive() {
	from, to := b.from, b.to
	if from == nil {
		from = to
	}
	if to == nil {
		to = from
	}
	if from == nil {
		from = b.t.places.organisation(b.f.sk.Requester)
		to = from
	}
	for _, p := range b.with(event.RoleParent, event.RoleSubject) {
		for _, c := range b.with(event.RoleChild) {
			if n := len(b.all); p != c {
				if b.add(Derivation, p, from, to); len(b.all) > n {
					b.all[n].child = c
				}
			}
		}
	}
}

// with returns the images in some roles.
func (b *moves) with(roles ...event.ImageRole) (all []*image) {
	for i := range b.f.sk.Images {
		m := &b.f.sk.Images[i]
		if !m.Pseudonym.IsZero() && slices.Contains(roles, m.Role) {
			if im := b.t.imageIn(b.f, m.Pseudonym); !slices.Contains(all, im) {
				all = append(all, im)
			}
		}
	}
	return all
}

// databases are the sites searched.
func (b *moves) databases() (all []*site) {
	for _, d := range b.f.sk.Databases {
		if s := b.t.places.system(d.System); s != nil && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// search adds the moves of a search, but for images that are known already.
func (b *moves) search(known []*image) {
	from := b.from
	if from == nil {
		from = b.t.places.organisation(b.f.sk.Requester)
	}
	databases := b.databases()
	probes := b.with(event.RoleProbe, event.RoleSubject)
	if len(probes) == 0 && b.f.kind == event.KindQuery && (unlisted(b.f) && len(b.f.sk.Images) == 0 ||
		b.f.sk.Input == event.InputFace || b.f.sk.Input == event.InputMixed) {
		probes = []*image{nil} // a face was searched for, and the log does not say which
	}
	for _, p := range probes {
		if slices.Contains(known, p) && p != nil {
			continue
		}
		for _, d := range databases {
			b.add(Showing, p, from, d)
		}
		if b.f.sk.Mode == event.ModeStoreProbe {
			stores := databases
			if b.to != nil {
				stores = []*site{b.to}
			}
			for _, s := range stores {
				b.add(Transfer, p, from, s)
			}
		}
	}
	for i := range b.f.sk.Images {
		c := &b.f.sk.Images[i]
		if c.Role != event.RoleCandidate || c.Pseudonym.IsZero() {
			continue
		}
		m := b.t.imageIn(b.f, c.Pseudonym)
		if !slices.Contains(known, m) {
			b.add(Showing, m, b.in(c, databases), from)
		}
	}
}

// in is the site that a candidate was in: the database it names, or the only one searched.
func (b *moves) in(c *event.Image, databases []*site) *site {
	if c.System != "" {
		return b.t.places.system(c.System)
	}
	if len(databases) == 1 {
		return databases[0]
	}
	return nil
}

// match adds what the query that it belongs to has not shown already.
func (b *moves) match() error {
	var known []*image
	for _, r := range b.f.sk.Relates {
		if r.Relation != event.RelationBelongsTo {
			continue
		}
		i, ok, err := b.t.r.Find(r.Entry)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		q, err := b.t.fact(i)
		if err != nil {
			return err
		}
		if !q.void {
			known = append(known, b.t.imagesOf(q)...)
		}
	}
	b.search(known)
	return nil
}

// compare brings all sides to the place of comparison: where it is said to be, else whose comparison it is.
func (b *moves) compare() {
	databases := b.databases()
	at := b.to
	if at == nil {
		at = b.from
	}
	if at == nil && len(databases) == 1 {
		at = databases[0]
	}
	if at == nil {
		return
	}
	for i := range b.f.sk.Images {
		c := &b.f.sk.Images[i]
		if c.Pseudonym.IsZero() {
			continue
		}
		from := b.from
		if c.System != "" || c.Role == event.RoleCandidate {
			from = b.in(c, databases)
		}
		if from != nil {
			b.add(Showing, b.t.imageIn(b.f, c.Pseudonym), from, at)
		}
	}
	if !unlisted(b.f) {
		return
	}
	for _, from := range append(databases, b.from) {
		if from != nil {
			b.add(Showing, nil, from, at)
		}
	}
}

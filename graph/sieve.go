package graph

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// MaxOpened is how many entries are opened for one list or table because its filter asks for what the index has no
// list of. Where it is reached the answer says so, and where to go on.
const MaxOpened = 50_000

// reasonOpened says why a list or table ended early.
var reasonOpened = fmt.Sprintf("the filter asks for what no index holds: %d entries were opened and looked at, and a list gets %d; go on from continueFrom, or narrow the filter", MaxOpened, MaxOpened)

// sieve is the part of a filter that the index has no list of: tests on the row, which cost nothing, on the leaf, for
// which it is read, and on the opened entry. All must hold.
type sieve struct {
	row    []func(i uint64, r *index.Row) bool
	checks []func(i uint64) (bool, error) // of what superseded it, for which another entry may be read
	leaf   []func(sk *event.Skeleton) bool
	traced []func(i uint64) (bool, error) // those that read the entry and others
	opened []func(e *Entry) bool
	since  uint64 // entries below this index are not wanted
}

// cut says how far a scan came that reached its bound.
type cut struct {
	opened int
	last   uint64 // the last entry looked at
	short  bool   // there may be more
}

// confinedRow marks in a scan the row of an entry that is seen for the sake of its image. The index has no such flag.
const confinedRow index.Flags = 1 << 15

// found is an entry that passed.
type found struct {
	index uint64
	row   index.Row
}

// scan yields the entries in the viewer's scope that match a filter and pass its sieve, in order. Where the bound on
// entries opened is reached it ends, and c says where.
func (v *View) scan(ctx context.Context, f index.Filter, s *sieve, order index.Order, size uint64, from index.Position, c *cut) iter.Seq2[found, error] {
	sc := v.scope(size)
	if f.Scope == nil {
		f.Scope = sc.limits
	}
	trails := f.Scope != nil && len(f.Scope.Whole) > 0
	return func(yield func(found, error) bool) {
		if order == index.Recorded && s.since > 0 {
			from = max(from, index.After(s.since-1))
		}
		n := 0
		for i, r := range v.g.head.Rows(f, order, size, from) {
			if n++; n&1023 == 0 && ctx.Err() != nil {
				yield(found{}, ctx.Err())
				return
			}
			if i < s.since {
				if order == index.RecordedDesc {
					return
				}
				continue
			}
			// Of an entry that is seen for the sake of its image what is out of scope is not looked at.
			confined := trails && !sc.sees(v.g.head, i)
			if confined {
				r.Actor, r.Flags = 0, r.Flags&^unseen|confinedRow
			}
			ok, err := s.passes(i, &r)
			if err != nil {
				yield(found{}, err)
				return
			}
			if !ok {
				continue
			}
			if s.opens() || confined && f.Systems != nil {
				if c.opened == MaxOpened {
					c.short = true
					return
				}
				c.opened++
				c.last = i
				ok, err := v.opens(s, i, confined, f.Systems, sc)
				if err != nil {
					yield(found{}, err)
					return
				}
				if !ok {
					continue
				}
			}
			if !yield(found{i, r}, nil) {
				return
			}
		}
	}
}

// opens reports whether entries are opened.
func (s *sieve) opens() bool { return len(s.leaf)+len(s.opened)+len(s.traced) > 0 }

// tests makes the tests on the row. It is for any number of goroutines.
func (s *sieve) tests(i uint64, r *index.Row) bool {
	for _, test := range s.row {
		if !test(i, r) {
			return false
		}
	}
	return true
}

func (s *sieve) passes(i uint64, r *index.Row) (bool, error) {
	if !s.tests(i, r) {
		return false, nil
	}
	for _, check := range s.checks {
		if ok, err := check(i); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// opens reads an entry as the viewer sees it and tests it. Where it is confined to what happened to an image, the systems
// that were asked for must still be there.
func (v *View) opens(s *sieve, i uint64, confined bool, systems []string, sc *scope) (bool, error) {
	sk, err := v.g.skeleton(i)
	if err != nil {
		return false, err
	}
	if confined {
		if err := v.confineEvent(&sk.Event, sk.Sealer, sc); err != nil {
			return false, err
		}
		if systems != nil && !slices.ContainsFunc(systemsIn(&sk.Event), func(id string) bool { return slices.Contains(systems, id) }) {
			return false, nil
		}
	}
	for _, test := range s.leaf {
		if !test(sk) {
			return false, nil
		}
	}
	for _, test := range s.traced {
		if ok, err := test(i); err != nil || !ok {
			return false, err
		}
	}
	if len(s.opened) == 0 {
		return true, nil
	}
	e, err := v.opened(i, sc)
	if err != nil {
		return false, err
	}
	for _, test := range s.opened {
		if !test(e) {
			return false, nil
		}
	}
	return true, nil
}

// Particulars are the fields of an event that a filter may ask for and the index has no list of. They are joined as in
// [EventFilter]: all that is given must hold, of a list one; a nil list does not restrict, an empty one matches nothing.
// Names of organisations and systems may be ids or aliases.
type Particulars struct {
	Entries     []Identity // by the source's own id, or the entry's as pseudonym
	Requesters  []string
	From, To    []string // an organisation or a system; To finds searches, too, by a database or who operates it
	Origins     []string
	Controllers []string
	Databases   []string // searched
	Countries   []string // of from or to: as the entry says, else as the organisation or the system's operator is declared
	Classes     []event.RecipientClass
	Units       []string // personal
	Bases       []string

	Authorisations []event.AuthorisationState
	Inputs         []event.InputType
	Modes          []event.Mode
	Results        []event.ResultState
	Roles          []event.ImageRole
	Relations      []event.Relation // that it relates to an earlier entry by
	Attested       []event.Attestation
	Offences       []string
	Grounds        []string // of a transfer
	Rules          []string // of retention
	Methods        []string
	Withheld       []string // JSON pointers: the field or a part of it is withheld
	Replied        event.Time
	Words          string // in the texts that are open to the viewer: justification, note, scope, free text; in any case

	Urgent, Hidden, Bulk, Automated, Held, Superseded *bool

	// Unmatched wants transfers and receipts only: true those whose other side is not recorded as far as the viewer sees,
	// false those whose is. What its source took back is neither.
	Unmatched *bool

	// Decided wants entries with an edge of which the owner had decided so when it was made, as far as the viewer sees. The
	// edge of a matched pair is the transfer's.
	Decided []trace.ConsentState

	// Standing wants entries that these stand behind, as far as the viewer sees: see [View.Standing]. In a table of flows
	// it is of the flows, with those that are only claimed.
	Standing []trace.Standing

	// Onward wants transfers by an organisation that is not the owner that they name: true where the owner's approval of the
	// onward transfer is stated, false where it is not.
	Onward *bool

	Since uint64 // entries with this index and above
}

// among makes a test of a list: nil for no restriction.
func among[T comparable](list []T) func(T) bool {
	if list == nil {
		return nil
	}
	return func(v T) bool { return slices.Contains(list, v) }
}

// sieve makes the tests of a filter as of a tree size.
func (v *View) sieve(f *EventFilter, size uint64) (*sieve, error) {
	s := &sieve{since: f.Since}
	sc := v.scope(size)
	now := sc.catalog
	p := &f.Particulars
	flag := func(want *bool, bit index.Flags) {
		if want != nil {
			s.row = append(s.row, func(_ uint64, r *index.Row) bool { return (r.Flags&bit != 0) == *want })
		}
	}
	flag(p.Urgent, index.Urgent)
	flag(p.Hidden, index.Hidden)
	flag(p.Bulk, index.Bulk)
	if p.Entries != nil {
		wanted, err := v.entriesOf(p.Entries)
		if err != nil {
			return nil, err
		}
		s.row = append(s.row, func(i uint64, _ *index.Row) bool { return wanted[i] })
	}
	if p.Requesters != nil {
		wanted := names(now, event.DeclareOrganisation, p.Requesters)
		is := remembered(func(n index.Name) bool { return wanted[v.g.head.Name(n)] })
		s.row = append(s.row, func(_ uint64, r *index.Row) bool { return is(r.Requester) })
	}
	if want := p.Superseded; want != nil {
		s.checks = append(s.checks, func(i uint64) (bool, error) {
			is, err := v.superseded(i, sc)
			return is == *want, err
		})
	}
	if p.Unmatched != nil {
		s.traced = append(s.traced, v.pairing(*p.Unmatched, size))
	}
	if p.Standing != nil {
		s.traced = append(s.traced, v.stands(p.Standing, size))
	}
	if p.Decided != nil {
		s.traced = append(s.traced, v.decided(p.Decided, size))
	}
	if wanted := among(p.Attested); wanted != nil {
		s.row = append(s.row, func(i uint64, _ *index.Row) bool {
			if b, ok := v.g.submissions.covering(i); ok && i > b.index {
				return wanted(event.AttestedBySource)
			}
			return wanted(event.AttestedByLog)
		})
	}
	s.settings(v.g.head, p, now)
	s.leaves(p, now)
	s.texts(p)
	return s, nil
}

// systemsIn lists the systems that an event of one image names.
func systemsIn(e *event.Event) (ids []string) {
	ids = append(ids, e.From.System, e.To.System)
	for _, d := range e.Databases {
		ids = append(ids, d.System)
	}
	for _, i := range e.Images {
		ids = append(ids, i.System)
	}
	if e.Permission != nil {
		ids = append(ids, e.Permission.Systems...)
	}
	return ids
}

// names are the ids, names and aliases of some organisations or systems that may stand in a leaf.
func names(now *catalog.View, t event.DeclarationType, given []string) map[string]bool {
	all := map[string]bool{}
	for _, name := range given {
		for _, id := range now.Synonyms(t, name) {
			all[id] = true
		}
	}
	return all
}

// entriesOf are the indexes of entries by their id or the source's own.
func (v *View) entriesOf(ids []Identity) (map[uint64]bool, error) {
	all := map[uint64]bool{}
	named := func(source, id string) error {
		_, i, ok, err := v.g.recordedAs(source, v.g.vault.Entry(source, id))
		if ok {
			all[i] = true
		}
		return err
	}
	for _, id := range ids {
		switch {
		case !id.Pseudonym.IsZero() && (id.Source != "" || id.Identifier != ""):
			return nil, &Error{Code: CodeBadArgument, Message: "name the entry by its id or by the source's own, not by both"}
		case !id.Pseudonym.IsZero():
			if i, ok := v.g.head.Entry(id.Pseudonym); ok {
				all[i] = true
			}
		case id.Identifier == "":
			return nil, &Error{Code: CodeBadArgument, Message: "name the entry by its id or by the source's own"}
		case id.Source != "":
			if err := named(id.Source, id.Identifier); err != nil {
				return nil, err
			}
		default:
			for _, source := range v.sealers() {
				if err := named(source, id.Identifier); err != nil {
					return nil, err
				}
			}
		}
	}
	return all, nil
}

// remembered remembers what a test says of the few values that many rows have. It is for any number of goroutines.
func remembered[K comparable](test func(K) bool) func(K) bool {
	var known sync.Map
	return func(k K) bool {
		is, ok := known.Load(k)
		if !ok {
			is = test(k)
			known.Store(k, is)
		}
		return is.(bool)
	}
}

// settings adds the tests on what names of the row stand for.
func (s *sieve) settings(h *index.Index, p *Particulars, now *catalog.View) {
	add := func(test func(r *index.Row) bool) {
		s.row = append(s.row, func(_ uint64, r *index.Row) bool { return test(r) })
	}
	places := func(test func(from, to *event.Place) bool) func(r *index.Row) bool {
		type ends struct {
			from, to index.Name
			setting  index.Setting
		}
		is := remembered(func(e ends) bool {
			from, to := h.Places(&index.Row{From: e.from, To: e.to, Setting: e.setting})
			return test(&from, &to)
		})
		return func(r *index.Row) bool { return is(ends{r.From, r.To, r.Setting}) }
	}
	searched := func(test func(database string) bool) func(r *index.Row) bool {
		is := remembered(func(setting index.Setting) bool {
			return slices.ContainsFunc(h.Databases(setting), func(n index.Name) bool { return test(h.Name(n)) })
		})
		return func(r *index.Row) bool { return is(r.Setting) }
	}
	place := func(given []string) func(at *event.Place) bool {
		systems, organisations := names(now, event.DeclareSystem, given), names(now, event.DeclareOrganisation, given)
		return func(at *event.Place) bool {
			return at.System != "" && systems[at.System] || at.Organisation != "" && organisations[at.Organisation]
		}
	}
	if p.From != nil {
		is := place(p.From)
		add(places(func(from, _ *event.Place) bool { return is(from) }))
	}
	if p.To != nil {
		is := place(p.To)
		sent := places(func(_, to *event.Place) bool { return is(to) })
		// What a search shows goes to the databases, as in a table of flows.
		shown := searched(func(database string) bool {
			return is(&event.Place{System: database, Organisation: operatorOf(now, database)})
		})
		add(func(r *index.Row) bool { return sent(r) || shown(r) })
	}
	if wanted := among(p.Countries); wanted != nil {
		add(places(func(from, to *event.Place) bool { return wanted(countryOf(now, from)) || wanted(countryOf(now, to)) }))
	}
	if p.Databases != nil {
		wanted := names(now, event.DeclareSystem, p.Databases)
		add(searched(func(database string) bool { return wanted[database] }))
	}
	if wanted := among(p.Bases); wanted != nil {
		is := remembered(func(n index.Name) bool { return slices.ContainsFunc(h.Bases(n), wanted) })
		add(func(r *index.Row) bool { return is(r.Basis) })
	}
}

// leaves adds the tests on the leaf.
func (s *sieve) leaves(p *Particulars, now *catalog.View) {
	test := func(t func(sk *event.Skeleton) bool) { s.leaf = append(s.leaf, t) }
	organisation := func(given []string, of func(sk *event.Skeleton) string) {
		if given != nil {
			wanted := names(now, event.DeclareOrganisation, given)
			test(func(sk *event.Skeleton) bool { return wanted[of(sk)] })
		}
	}
	organisation(p.Origins, func(sk *event.Skeleton) string { return sk.Origin })
	organisation(p.Controllers, func(sk *event.Skeleton) string { return sk.Controller })
	if wanted := among(p.Classes); wanted != nil {
		test(func(sk *event.Skeleton) bool { return wanted(sk.From.Class) || wanted(sk.To.Class) })
	}
	if wanted := among(p.Authorisations); wanted != nil {
		test(func(sk *event.Skeleton) bool { return sk.Authorisation != nil && wanted(sk.Authorisation.State) })
	}
	if wanted := among(p.Inputs); wanted != nil {
		test(func(sk *event.Skeleton) bool { return wanted(sk.Input) })
	}
	if wanted := among(p.Modes); wanted != nil {
		test(func(sk *event.Skeleton) bool { return wanted(sk.Mode) })
	}
	if wanted := among(p.Results); wanted != nil {
		test(func(sk *event.Skeleton) bool { return sk.Result != nil && wanted(sk.Result.State) })
	}
	if wanted := among(p.Roles); wanted != nil {
		test(func(sk *event.Skeleton) bool {
			return slices.ContainsFunc(sk.Images, func(i event.Image) bool { return wanted(i.Role) })
		})
	}
	if wanted := among(p.Relations); wanted != nil {
		test(func(sk *event.Skeleton) bool {
			return slices.ContainsFunc(sk.Relates, func(r event.Reference) bool { return wanted(r.Relation) })
		})
	}
	if wanted := among(p.Offences); wanted != nil {
		test(func(sk *event.Skeleton) bool { return sk.Case != nil && wanted(sk.Case.Offence) })
	}
	if wanted := among(p.Grounds); wanted != nil {
		test(func(sk *event.Skeleton) bool { return sk.Transfer != nil && wanted(sk.Transfer.Ground) })
	}
	if want := p.Onward; want != nil {
		test(func(sk *event.Skeleton) bool {
			sender := cmp.Or(sk.From.Organisation, operatorOf(now, sk.From.System))
			if sk.Kind != event.KindDisclose || sk.Owner == "" || sender == "" || same(now, sender, sk.Owner) {
				return false
			}
			return (sk.Transfer != nil && sk.Transfer.OnwardApproval != "" && same(now, sk.Transfer.OnwardApproval, sk.Owner)) == *want
		})
	}
	if wanted := among(p.Rules); wanted != nil {
		test(func(sk *event.Skeleton) bool { return sk.Retention != nil && wanted(sk.Retention.Rule) })
	}
	if wanted := among(p.Methods); wanted != nil {
		test(func(sk *event.Skeleton) bool { return wanted(sk.Method) })
	}
	if p.Withheld != nil {
		test(func(sk *event.Skeleton) bool {
			return slices.ContainsFunc(sk.Withheld, func(w string) bool {
				return slices.ContainsFunc(p.Withheld, func(q string) bool { return w == q || strings.HasPrefix(w, q+"/") })
			})
		})
	}
	if !p.Replied.IsZero() {
		test(func(sk *event.Skeleton) bool { return sk.Replied.Overlaps(p.Replied) })
	}
	if want := p.Automated; want != nil {
		test(func(sk *event.Skeleton) bool { return (sk.Actor != nil && sk.Actor.Automated) == *want })
	}
	if want := p.Held; want != nil {
		test(func(sk *event.Skeleton) bool { return (sk.Retention != nil && sk.Retention.Hold) == *want })
	}
}

// same reports whether two names are one organisation's.
func same(now *catalog.View, a, b string) bool {
	return a == b || slices.Contains(now.Synonyms(event.DeclareOrganisation, a), b)
}

// countryOf is the country of a place: its own, else that of its organisation or of its system's operator, "" for none.
func countryOf(now *catalog.View, p *event.Place) string {
	if p.Country != "" {
		return p.Country
	}
	organisation := p.Organisation
	if organisation == "" {
		organisation = operatorOf(now, p.System)
	}
	return declaredCountry(now, organisation)
}

// operatorOf is the organisation that operates a system, "" where none is declared.
func operatorOf(now *catalog.View, system string) string {
	if e, ok := now.System(system); ok && system != "" {
		return e.System.Operator
	}
	return ""
}

// declaredCountry is the country of an organisation or, where it has none, of what it is part of.
func declaredCountry(now *catalog.View, organisation string) string {
	for range 8 { // parts may be declared in a circle
		e, ok := now.Organisation(organisation)
		if !ok || organisation == "" {
			return ""
		}
		if e.Organisation.Country != "" {
			return e.Organisation.Country
		}
		organisation = e.Organisation.PartOf
	}
	return ""
}

// texts adds the tests on what is sealed and open to the viewer.
func (s *sieve) texts(p *Particulars) {
	if wanted := among(p.Units); wanted != nil {
		s.opened = append(s.opened, func(e *Entry) bool { return wanted(e.Event.Unit) })
	}
	if p.Words == "" {
		return
	}
	words := catalog.Fold(p.Words)
	s.opened = append(s.opened, func(en *Entry) bool {
		e := en.Event
		texts := []string{e.Justification, e.Text.EN, e.Text.DE}
		if e.Case != nil {
			texts = append(texts, e.Case.Note)
		}
		if e.Consent != nil {
			texts = append(texts, e.Consent.Scope)
		}
		if e.Permission != nil {
			texts = append(texts, e.Permission.Scope)
		}
		return slices.ContainsFunc(texts, func(t string) bool { return t != "" && strings.Contains(catalog.Fold(t), words) })
	})
}

// lead puts lists of the index in front of tests, where the filter does not use them already: who requests, sends,
// receives or owns is found in any role, and few are left to be tested.
func (p *Particulars) lead(now *catalog.View, out *index.Filter) {
	if out.Organisations == nil {
		for _, given := range [][]string{p.Requesters, p.Origins, p.Controllers} {
			if given != nil {
				out.Organisations = []string{}
				for _, name := range given {
					out.Organisations = append(out.Organisations, now.Synonyms(event.DeclareOrganisation, name)...)
				}
				break
			}
		}
	}
	if out.Systems == nil && p.Databases != nil {
		out.Systems = []string{}
		for _, name := range p.Databases {
			out.Systems = append(out.Systems, now.Synonyms(event.DeclareSystem, name)...)
		}
	}
}

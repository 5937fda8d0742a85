package index

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
)

// naive is the specification: it keeps the skeletons and looks at every one of them for every question.
type naive struct {
	sks      []*event.Skeleton
	recorded []int64

	// Who may see the first entries: their parties, and whether everybody may.
	parties []map[string]bool // "o" or "s" and the id
	open    []bool
}

// see works out who may see each entry.
func (n *naive) see() {
	at := map[event.Pseudonym]int{}
	for i, sk := range n.sks[:len(n.parties)] {
		at[sk.Entry] = i
	}
	for i := len(n.parties); i < len(n.sks); i++ {
		sk := n.sks[i]
		who := map[string]bool{"o" + sk.Requester: true, "o" + sk.From.Organisation: true, "o" + sk.To.Organisation: true,
			"o" + sk.Origin: true, "o" + sk.Controller: true, "s" + sk.From.System: true, "s" + sk.To.System: true}
		for _, db := range sk.Databases {
			who["s"+db.System] = true
		}
		limited := sk.Visibility != nil && !sk.Visibility.Public
		open := (sk.Kind == event.KindClaim || sk.Kind == event.KindDeclare) && !limited
		if limited {
			for _, id := range sk.Visibility.Organisations {
				who["o"+id] = true
			}
		}
		if !limited && (sk.Kind == event.KindCorrect || sk.Kind == event.KindReview || sk.Kind == event.KindHold) {
			for _, ref := range sk.Relates {
				if of, ok := at[ref.Entry]; ok {
					open = open || n.open[of]
					maps.Copy(who, n.parties[of])
				}
			}
		}
		delete(who, "o")
		delete(who, "s")
		at[sk.Entry] = i
		n.parties, n.open = append(n.parties, who), append(n.open, open)
	}
}

// within reports whether an entry is in scope.
func (n *naive) within(s *Scope, i int, whole []event.Denotation) bool {
	sk := n.sks[i]
	switch {
	case s == nil:
		return true
	case sk.Kind == event.KindAdmit, sk.Kind == event.KindLink, sk.Kind == event.KindRedact:
		return false
	case n.open[i]:
		return true
	}
	for _, id := range s.Organisations {
		if n.parties[i]["o"+id] {
			return true
		}
	}
	for _, id := range s.Systems {
		if n.parties[i]["s"+id] {
			return true
		}
	}
	return slices.ContainsFunc(sk.Images, func(im event.Image) bool {
		return slices.Contains(whole, event.Denotation{Sealer: sk.Sealer, Pseudonym: im.Pseudonym})
	})
}

// subject is what a class is asked about.
type subject struct {
	kind event.SubjectKind
	event.Denotation
}

func (n *naive) query(f Filter, order Order, asOf uint64, after Position) (found []uint64) {
	classes := map[subject][]event.Denotation{}
	for _, list := range []struct {
		kind event.SubjectKind
		of   []event.Denotation
	}{
		{event.SubjectImage, f.Images}, {event.SubjectActor, f.Actors}, {event.SubjectPerson, f.Persons},
		{event.SubjectCase, f.Cases}, {event.SubjectRecord, f.Records},
	} {
		for _, d := range list.of {
			classes[subject{list.kind, d}] = n.class(list.kind, d, asOf, f.Inferred)
		}
	}
	var whole []event.Denotation
	if f.Scope != nil {
		for _, d := range f.Scope.Whole {
			whole = append(whole, n.class(event.SubjectImage, d, asOf, false)...)
		}
	}
	n.see()
	for i := range n.sks[:min(asOf, uint64(len(n.sks)))] {
		if n.match(f, i, classes) && n.within(f.Scope, i, whole) {
			found = append(found, uint64(i))
		}
	}
	desc := order == RecordedDesc || order == OccurredDesc
	slices.SortFunc(found, func(a, b uint64) int {
		x, y := n.sks[a].Occurred, n.sks[b].Occurred
		if order == Occurred || order == OccurredDesc {
			if x.IsZero() != y.IsZero() {
				if x.IsZero() {
					return 1
				}
				return -1
			}
		}
		c := cmp.Compare(a, b)
		if (order == Occurred || order == OccurredDesc) && !x.IsZero() {
			c = cmp.Or(cmp.Compare(x.Earliest, y.Earliest), c)
		}
		if desc {
			c = -c
		}
		return c
	})
	if after != 0 {
		// The position is an entry that a page ended with, so it is among those found.
		at := slices.Index(found, uint64(after-1))
		return found[at+1:]
	}
	return found
}

func (n *naive) match(f Filter, i int, classes map[subject][]event.Denotation) bool {
	sk := n.sks[i]
	f1 := func(list []string, have ...string) bool {
		return list == nil || slices.ContainsFunc(list, func(s string) bool { return s != "" && slices.Contains(have, s) })
	}
	denoted := func(kind event.SubjectKind, list []event.Denotation, have ...event.Denotation) bool {
		if list == nil {
			return true
		}
		for _, d := range list {
			for _, e := range classes[subject{kind, d}] {
				if slices.Contains(have, e) && !e.Pseudonym.IsZero() {
					return true
				}
			}
		}
		return false
	}
	d := func(p event.Pseudonym) event.Denotation { return event.Denotation{Sealer: sk.Sealer, Pseudonym: p} }

	orgs := []string{sk.Requester, sk.From.Organisation, sk.To.Organisation, sk.Origin, sk.Owner, sk.Controller}
	systems := []string{sk.From.System, sk.To.System}
	var images, actors, persons, cases, records []event.Denotation
	for _, im := range sk.Images {
		images, systems = append(images, d(im.Pseudonym)), append(systems, im.System)
	}
	for _, db := range sk.Databases {
		systems = append(systems, db.System)
	}
	for _, r := range sk.Records {
		records, systems = append(records, d(r.Pseudonym)), append(systems, r.System)
	}
	for _, p := range sk.Persons {
		persons = append(persons, d(p.Pseudonym))
	}
	if sk.Actor != nil {
		actors = append(actors, d(sk.Actor.Pseudonym))
	}
	for _, v := range sk.Verifiers {
		actors = append(actors, d(v.Pseudonym))
	}
	if sk.Authorisation != nil && sk.Authorisation.By != nil {
		actors = append(actors, d(sk.Authorisation.By.Pseudonym))
	}
	if sk.Case != nil {
		cases = append(cases, d(sk.Case.Pseudonym))
	}
	sources := []string{sk.Source}
	if sk.Admit != nil {
		sources = append(sources, sk.Admit.Source)
	}
	var transfer, document, declared, proposition, question string
	var about, claimants []string
	if sk.Transfer != nil {
		transfer, orgs = sk.Transfer.Reference, append(orgs, sk.Transfer.OnwardApproval)
	}
	if sk.Consent != nil {
		orgs = append(orgs, sk.Consent.By)
	}
	if sk.Permission != nil {
		orgs, systems = append(orgs, sk.Permission.Recipients...), append(systems, sk.Permission.Systems...)
	}
	if sk.Citation != nil {
		document = sk.Citation.Source
	}
	if sk.Declaration != nil {
		declared = sk.Declaration.ID
	}
	if c := sk.Claim; c != nil {
		about = []string{c.Proposition.Subject, c.Proposition.From, c.Proposition.To}
		claimants = []string{c.Claimant, c.Reporter}
		orgs = append(append(orgs, about...), claimants...)
		systems = append(systems, about...)
		proposition, question = c.Proposition.ID, c.Question
	}
	if l := sk.Link; l != nil {
		switch l.Subject {
		case event.SubjectImage:
			images = append(images, l.A, l.B)
		case event.SubjectActor:
			actors = append(actors, l.A, l.B)
		case event.SubjectPerson:
			persons = append(persons, l.A, l.B)
		case event.SubjectCase:
			cases = append(cases, l.A, l.B)
		case event.SubjectRecord:
			records = append(records, l.A, l.B)
		}
	}
	if r := sk.Redaction; r != nil && r.Subject == event.SubjectImage {
		images = append(images, r.Denotes...)
	}
	target := f.Targets == nil
	for _, ref := range sk.Relates {
		target = target || slices.Contains(f.Targets, ref.Entry)
	}

	t, u := f.Occurred, sk.Occurred
	inTime := t.IsZero() || !u.IsZero() && u.Earliest <= t.Latest && u.Latest >= t.Earliest
	rec := f.Recorded
	inRec := rec.IsZero() || n.recorded[i] >= rec.Earliest && n.recorded[i] <= rec.Latest

	return (f.Kinds == nil || slices.Contains(f.Kinds, sk.Kind)) &&
		(f.Exercise == nil || *f.Exercise == sk.Exercise) &&
		n.lacks(sk)&f.Missing == f.Missing && inTime && inRec && target &&
		denoted(event.SubjectImage, f.Images, images...) && denoted(event.SubjectActor, f.Actors, actors...) &&
		denoted(event.SubjectPerson, f.Persons, persons...) && denoted(event.SubjectCase, f.Cases, cases...) &&
		denoted(event.SubjectRecord, f.Records, records...) &&
		f1(f.Organisations, orgs...) && f1(f.Owners, sk.Owner) && f1(f.Systems, systems...) && f1(f.Sources, sources...) &&
		f1(f.Purposes, sk.Purpose) && f1(f.Collections, sk.Collection) && f1(f.Transfers, transfer) &&
		f1(f.About, about...) && f1(f.Claimants, claimants...) && f1(f.Propositions, proposition) &&
		f1(f.Questions, question) && f1(f.Documents, document) && f1(f.Declared, declared)
}

func (n *naive) lacks(sk *event.Skeleton) (f Flags) {
	switch sk.Kind {
	case event.KindCapture, event.KindEnrol, event.KindDerive, event.KindQuery, event.KindConsult, event.KindDisclose,
		event.KindReceive, event.KindCompare, event.KindMatch, event.KindTrain, event.KindErase:
	default:
		return 0
	}
	held := func(field string) bool {
		return slices.ContainsFunc(sk.Withheld, func(w string) bool {
			return w == "/"+field || strings.HasPrefix(w, "/"+field+"/")
		})
	}
	if (sk.Actor == nil || sk.Actor.Pseudonym.IsZero() && !sk.Actor.Automated) && !held("actor") {
		f |= MissingActor
	}
	if (sk.Case == nil || sk.Case.Pseudonym.IsZero()) && !held("case") {
		f |= MissingCase
	}
	if len(sk.Basis) == 0 && !held("basis") {
		f |= MissingBasis
	}
	if sk.Purpose == "" && !held("purpose") {
		f |= MissingPurpose
	}
	if !slices.Contains(sk.Present, "/justification") && !held("justification") {
		f |= MissingJustification
	}
	if sk.Occurred.IsZero() && !held("occurred") {
		f |= MissingOccurred
	}
	return f
}

// class repeats all links until nothing is added.
func (n *naive) class(kind event.SubjectKind, d event.Denotation, asOf uint64, inferred bool) []event.Denotation {
	visible := n.sks[:min(asOf, uint64(len(n.sks)))]
	type correction struct {
		entry  event.Pseudonym
		source string
	}
	taken := map[correction]bool{}
	for _, sk := range visible {
		for _, r := range sk.Relates {
			if sk.Kind == event.KindCorrect && r.Relation == event.RelationSupersedes {
				taken[correction{r.Entry, sk.Source}] = true
			}
		}
	}
	var links []*event.Link
	for _, sk := range visible {
		if l := sk.Link; l != nil && l.Subject == kind && (l.Method == "digest" || inferred) && !taken[correction{sk.Entry, sk.Source}] {
			links = append(links, l)
		}
	}
	class := []event.Denotation{d}
	for grown := true; grown; {
		grown = false
		for _, l := range links {
			if a, b := slices.Contains(class, l.A), slices.Contains(class, l.B); a && !b {
				class, grown = append(class, l.B), true
			} else if b && !a {
				class, grown = append(class, l.A), true
			}
		}
	}
	return class
}

// world makes skeletons and filters out of small vocabularies, so that filters often match.
type world struct{ *rand.Rand }

func (w world) slug(prefix string, n int) string {
	return prefix + string(rune('a'+w.IntN(n)))
}

// some returns s most of the time and otherwise nothing.
func (w world) some(s string) string {
	if w.IntN(3) == 0 {
		return ""
	}
	return s
}

func (w world) pseudonym(n int) (p event.Pseudonym) {
	// Skewed: a few are seen often, most once or twice.
	binary.BigEndian.PutUint64(p[:], 1+uint64(float64(n)*w.Float64()*w.Float64()*w.Float64()))
	return p
}

func (w world) denotation() event.Denotation {
	return event.Denotation{Sealer: w.slug("sealer-", 3), Pseudonym: w.pseudonym(200)}
}

const day = int64(24 * 3600 * 1e9)

// when is mostly near now, sometimes long before, sometimes long, open or not known.
func (w world) when(now int64) event.Time {
	at := now - w.Int64N(2*day)
	switch w.IntN(12) {
	case 0:
		return event.Time{}
	case 1:
		at -= w.Int64N(20_000) * day
	case 2:
		return event.Time{Earliest: at, Latest: at + day - 1, Precision: event.Day}
	case 3:
		length := w.Int64N(500) * day
		return event.Time{Earliest: at - length, Latest: at + length, Precision: event.Interval}
	case 4:
		if w.IntN(2) == 0 {
			return event.Time{Earliest: event.Beginning, Latest: at, Precision: event.Interval}
		}
		return event.Time{Earliest: at, Latest: event.End, Precision: event.Interval}
	case 5:
		at = at / day * day // many begin together
	}
	return event.Time{Earliest: at, Latest: at, Precision: event.Instant}
}

func (w world) place() event.Place {
	p := event.Place{Organisation: w.some(w.slug("org-", 8)), System: w.some(w.slug("sys-", 12))}
	if w.IntN(4) == 0 {
		p.Country = []string{"DE", "NL"}[w.IntN(2)]
	}
	return p
}

// entry makes entry number i; earlier are those before it.
func (w world) entry(i int, earlier []*event.Skeleton) (*event.Skeleton, int64) {
	now := int64(1_600_000_000e9) + int64(i)*day/50
	sk := &event.Skeleton{Sealer: w.slug("sealer-", 3), Source: w.slug("source-", 4)}
	binary.BigEndian.PutUint64(sk.Entry[:], w.Uint64()|1)
	sk.Kind = kinds[w.IntN(13)]
	if w.IntN(10) == 0 {
		sk.Kind = []event.Kind{event.KindCorrect, event.KindReview, event.KindHold}[w.IntN(3)]
	}
	sk.Exercise = w.IntN(2) == 0
	sk.Occurred = w.when(now)
	sk.Requester = w.some(w.slug("org-", 8))
	sk.From, sk.To = w.place(), w.place()
	sk.Origin, sk.Owner = w.some(w.slug("org-", 8)), w.some(w.slug("org-", 8))
	if w.IntN(5) == 0 {
		sk.Visibility = &event.Visibility{Public: w.IntN(3) == 0, Organisations: []string{w.slug("org-", 8)}}
	}
	sk.Purpose = w.some(w.slug("purpose-", 4))
	if w.IntN(4) != 0 {
		sk.Actor = &event.Actor{Pseudonym: w.pseudonym(50), Automated: w.IntN(4) == 0}
	}
	for range w.IntN(3) {
		sk.Images = append(sk.Images, event.Image{Pseudonym: w.pseudonym(200), System: w.some(w.slug("sys-", 12))})
	}
	if len(sk.Images) == 0 {
		sk.Collection = w.slug("coll-", 3)
		if w.IntN(2) == 0 {
			sk.Quantity = &event.Quantity{Amount: w.Int64N(4), Bound: []event.Bound{event.BoundExact, event.BoundAtLeast}[w.IntN(2)], Exclusive: w.IntN(3) == 0, Unit: "IMAGE"}
		}
	}
	if w.IntN(2) == 0 {
		sk.Case = &event.Case{Pseudonym: w.pseudonym(60)}
		sk.Basis = []string{"BDSG § 76"}
		sk.Present = []string{"/actor/id", "/justification"}
	}
	if w.IntN(3) == 0 {
		sk.Withheld = []string{"/case/reference", "/justification"}
		sk.Records = []event.Record{{System: w.slug("sys-", 12), Pseudonym: w.pseudonym(100)}}
		sk.Persons = []event.Person{{Pseudonym: w.pseudonym(50)}}
		sk.Verifiers = []event.Actor{{Pseudonym: w.pseudonym(50)}}
		sk.Authorisation = &event.Authorisation{By: &event.Actor{Pseudonym: w.pseudonym(50)}}
	}
	if w.IntN(3) == 0 {
		sk.Databases = []event.Database{{System: w.slug("sys-", 12)}, {System: w.slug("sys-", 12)}}
		sk.Transfer = &event.Transfer{Reference: w.slug("ref-", 20), OnwardApproval: w.some(w.slug("org-", 8))}
		sk.Consent = &event.Consent{By: w.slug("org-", 8)}
		sk.Permission = &event.Permission{Recipients: []string{w.slug("org-", 8)}, Systems: []string{w.slug("sys-", 12)}}
		sk.Citation = &event.Citation{Source: w.slug("doc-", 4)}
	}
	if len(earlier) > 0 && w.IntN(3) == 0 {
		of := earlier[w.IntN(len(earlier))]
		sk.Relates = []event.Reference{{Relation: event.RelationBelongsTo, Entry: of.Entry}}
	}
	switch w.IntN(16) {
	case 0:
		sk.Kind = event.KindClaim
		sk.Claim = &event.Claim{Claimant: w.slug("org-", 8), Reporter: w.some(w.slug("org-", 8)), Question: w.slug("q-", 3),
			Proposition: event.Proposition{ID: w.slug("prop-", 5), Subject: w.some(w.slug("sys-", 12)), From: w.some(w.slug("org-", 8))}}
	case 1:
		sk.Kind = event.KindDeclare
		sk.Declaration = &event.Declaration{ID: w.slug("org-", 8)}
	case 2:
		sk.Kind = event.KindAdmit
		sk.Source, sk.Admit = "log", &event.Admit{Source: w.slug("source-", 4)}
	case 3:
		if w.IntN(8) == 0 { // rarely, or all would be the same
			sk.Kind = event.KindLink
			sk.Images = nil
			kind := []event.SubjectKind{event.SubjectImage, event.SubjectActor, event.SubjectPerson, event.SubjectCase, event.SubjectRecord}[w.IntN(5)]
			sk.Link = &event.Link{Subject: kind, A: w.denotation(), B: w.denotation(), Method: []string{"digest", "arcface-r100"}[w.IntN(2)]}
		}
	case 4:
		sk.Kind = event.KindRedact
		sk.Redaction = &event.Redaction{Subject: event.SubjectImage, Denotes: []event.Denotation{w.denotation()}}
	case 5:
		// Corrections of links, so that classes fall apart again.
		for _, of := range earlier {
			if of.Link != nil && w.IntN(20) == 0 {
				sk.Kind = event.KindCorrect
				sk.Relates = []event.Reference{{Relation: event.RelationSupersedes, Entry: of.Entry}}
				if w.IntN(2) == 0 {
					sk.Source = of.Source
				}
				break
			}
		}
	}
	return sk, now + w.Int64N(day)
}

// filter makes a filter of one to four conditions.
func (w world) filter(n *naive, size uint64) (f Filter) {
	texts := func(prefix string, of int) []string {
		l := []string{w.slug(prefix, of)}
		for w.IntN(3) == 0 {
			l = append(l, w.slug(prefix, of+1)) // the last one is unknown
		}
		return l
	}
	denotations := func() (l []event.Denotation) {
		for range 1 + w.IntN(2) {
			l = append(l, w.denotation())
		}
		return l
	}
	interval := func() event.Time {
		from := int64(1_600_000_000e9) + w.Int64N(int64(size)*day/50+day) - w.Int64N(3*day)
		t := event.Time{Earliest: from, Latest: from + w.Int64N(30*day)*w.Int64N(2), Precision: event.Interval}
		switch w.IntN(6) {
		case 0:
			t.Earliest = event.Beginning
		case 1:
			t.Latest = event.End
		}
		return t
	}
	f.Inferred = w.IntN(2) == 0
	for range w.IntN(4) {
		switch w.IntN(24) {
		case 0, 1:
			f.Kinds = []event.Kind{kinds[w.IntN(len(kinds))], kinds[w.IntN(len(kinds))], "NONE"}[:1+w.IntN(3)]
		case 2, 3:
			f.Images = denotations()
		case 4:
			f.Actors = denotations()
		case 5:
			f.Cases = denotations()
		case 6:
			f.Persons, f.Records = denotations(), nil
		case 7:
			f.Records = denotations()
		case 8, 9:
			f.Organisations = texts("org-", 8)
			if w.IntN(2) == 0 {
				f.Owners, f.Organisations = f.Organisations, nil
			}
		case 10, 11:
			f.Systems = texts("sys-", 12)
		case 12:
			f.Sources = texts("source-", 4)
		case 13:
			f.Purposes = texts("purpose-", 4)
		case 14:
			f.Transfers = texts("ref-", 20)
		case 15:
			f.Targets = []event.Pseudonym{n.sks[w.IntN(len(n.sks))].Entry}
		case 16:
			f.About = append(texts("sys-", 12), texts("org-", 8)...)
		case 17:
			f.Claimants, f.Propositions = texts("org-", 8), texts("prop-", 5)
		case 18:
			f.Questions, f.Documents = texts("q-", 3), texts("doc-", 4)
		case 19:
			f.Declared, f.Collections = texts("org-", 8), texts("coll-", 3)
		case 20, 21:
			f.Occurred = interval()
		case 22:
			f.Recorded = interval()
		case 23:
			yes := w.IntN(2) == 0
			f.Exercise = &yes
			f.Missing = Flags(w.Uint32()&w.Uint32()) & missing
		}
	}
	if w.IntN(40) == 0 {
		f.Images = []event.Denotation{} // nothing known: nothing found
	}
	if w.IntN(2) == 0 {
		f.Scope = &Scope{}
		if w.IntN(2) == 0 {
			f.Scope.Organisations = texts("org-", 8)
		}
		if w.IntN(2) == 0 {
			f.Scope.Systems = texts("sys-", 12)
		}
		if w.IntN(3) == 0 {
			f.Scope.Whole = denotations()
		}
	}
	return f
}

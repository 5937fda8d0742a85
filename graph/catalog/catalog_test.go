package catalog

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
)

// teller makes the entries of a log.
type teller struct {
	c    *Catalog
	next uint64
	log  []*event.Skeleton
}

func tell() *teller { return &teller{c: New()} }

func id(n uint64) (p event.Pseudonym) {
	binary.BigEndian.PutUint64(p[:], n+1)
	return p
}

// declare appends a DECLARE and returns its index.
func (t *teller) declare(source string, d event.Declaration) uint64 {
	return t.append(source, event.KindDeclare, &d)
}

// correct appends a CORRECT of what entry of says; d may be nil.
func (t *teller) correct(source string, of uint64, d *event.Declaration) uint64 {
	return t.append(source, event.KindCorrect, d, event.Reference{Relation: event.RelationSupersedes, Entry: id(of)})
}

func (t *teller) append(source string, kind event.Kind, d *event.Declaration, relates ...event.Reference) uint64 {
	sk := &event.Skeleton{Sealer: "log", Source: source, Entry: id(t.next)}
	sk.Kind, sk.Declaration, sk.Relates = kind, d, relates
	t.c.Apply(t.next, sk)
	t.log = append(t.log, sk)
	t.next++
	return t.next - 1
}

func organisation(id, name string, aliases ...string) event.Declaration {
	return event.Declaration{Type: event.DeclareOrganisation, ID: id, Name: event.Text{EN: name}, Aliases: aliases,
		Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority, Country: "DE"}}
}

func system(id, operator, partOf string) event.Declaration {
	return event.Declaration{Type: event.DeclareSystem, ID: id, System: &event.SystemDeclaration{Operator: operator, PartOf: partOf}}
}

func key(id string, valid, revoked event.Time) event.Declaration {
	return event.Declaration{Type: event.DeclareKey, ID: id, Valid: valid,
		Key: &event.KeyDeclaration{Source: "bka", Use: event.KeySign, PEM: "-", Revoked: revoked}}
}

func ids(entries func(func(*Entry) bool)) (all []string) {
	for e := range entries {
		all = append(all, e.ID)
	}
	return all
}

func TestNames(t *testing.T) {
	l := tell()
	d := organisation("interpol", "Interpol General Secretariat", "IPSG", "IPSPG", "IPSP", "ICPO-Interpol")
	d.Name.DE = "Generalsekretariat von  Interpol"
	l.declare("log", d)
	bka := organisation("bka", "Federal Criminal Police Office", "BKA", "Straßenfahndung")
	bka.Name.DE = "Bundeskriminalamt"
	l.declare("log", bka)
	v := l.c.View()
	for name, want := range map[string]string{
		"interpol": "interpol", "INTERPOL": "interpol", "IPSG": "interpol", "ipspg": "interpol", "IPSP": "interpol",
		"generalsekretariat von interpol": "interpol", " Interpol General  Secretariat ": "interpol",
		"bundeskriminalamt": "bka", "STRASSENFAHNDUNG": "bka", "strassenfahndung": "bka",
		"Bundes": "", "": "", "icis": "", "\x00": "",
	} {
		e, ok := v.Organisation(name)
		if got := ""; ok {
			got = e.ID
			if got != want {
				t.Errorf("%q is %q, want %q", name, got, want)
			}
		} else if want != "" {
			t.Errorf("%q is not found, want %q", name, want)
		}
		if v.Known(event.DeclareOrganisation, name) != (want != "") {
			t.Errorf("known %q: %v", name, want == "")
		}
		if v.Known(event.DeclareSystem, name) {
			t.Errorf("%q is known as a system", name)
		}
	}
	if got, want := v.Synonyms(event.DeclareOrganisation, "IPSPG"), []string{"interpol", "ipsg", "ipspg", "ipsp", "icpo-interpol"}; !slices.Equal(got, want) {
		t.Errorf("synonyms %q, want %q", got, want)
	}
	if got := v.Synonyms(event.DeclareOrganisation, "Nobody"); !slices.Equal(got, []string{"Nobody"}) {
		t.Errorf("synonyms of an undeclared name %q", got)
	}
}

func TestCollisions(t *testing.T) {
	l := tell()
	l.declare("log", organisation("zoll", "Customs", "customs-de", "shared"))
	l.declare("log", organisation("aaa", "First by id, second declared", "Shared", "police"))
	before := l.next
	l.declare("log", organisation("police", "An id that was an alias"))
	l.declare("log", system("shared", "zoll", ""))
	v := l.c.View()
	if e, _ := v.Organisation("SHARED"); e == nil || e.ID != "zoll" {
		t.Errorf("a name claimed twice is %v, want the one declared first", e)
	}
	if e, _ := v.Organisation("Police"); e == nil || e.ID != "police" {
		t.Errorf("an id that others have as alias is %v", e)
	}
	if e, _ := l.c.AsOf(before).Organisation("Police"); e == nil || e.ID != "aaa" {
		t.Errorf("before, it was %v", e)
	}
	want := []Collision{
		{event.DeclareOrganisation, "police", []string{"police", "aaa"}},
		{event.DeclareOrganisation, "shared", []string{"zoll", "aaa"}},
	}
	if got := v.Collisions(); !reflect.DeepEqual(got, want) {
		t.Errorf("collisions %v, want %v", got, want)
	}
	if got := v.Synonyms(event.DeclareOrganisation, "aaa"); !slices.Equal(got, []string{"aaa"}) {
		t.Errorf("synonyms %q hold names that belong to others", got)
	}
	// The name passes on when the one that holds it gives it up, and back.
	l.declare("log", organisation("zoll", "Customs"))
	if e, _ := l.c.View().Organisation("shared"); e == nil || e.ID != "aaa" {
		t.Errorf("a name given up is %v", e)
	}
	l.declare("log", organisation("zoll", "Customs", "shared"))
	if e, _ := l.c.View().Organisation("shared"); e == nil || e.ID != "zoll" {
		t.Errorf("a name taken up again is %v", e)
	}
}

func TestWhatStands(t *testing.T) {
	name := func(v *View) string {
		e, ok := v.Organisation("x")
		if !ok {
			return "-"
		}
		return e.Name.EN
	}
	flag := organisation("x", "introduced")
	flag.Organisation.Flagged = true
	second, third := organisation("x", "second"), organisation("x", "third")
	moved := organisation("y", "moved")

	l := tell()
	steps := []struct {
		what string
		do   func()
		want string
	}{
		{"introduced by a source", func() { l.declare("bka", flag) }, "introduced"},
		{"confirmed", func() { l.declare("log", organisation("x", "first")) }, "first"},
		{"introduced again", func() { l.declare("bka", flag) }, "first"},
		{"declared again", func() { l.declare("bka", second) }, "second"},
		{"corrected by another source", func() { l.correct("log", 3, &third) }, "second"},
		{"taken back by another source", func() { l.correct("log", 3, nil) }, "second"},
		{"corrected", func() { l.correct("bka", 3, &third) }, "third"},
		{"the correction taken back", func() { l.correct("bka", 6, nil) }, "first"},
		{"the confirmation taken back", func() { l.correct("log", 1, nil) }, "introduced"},
		{"taken back twice", func() { l.correct("log", 1, nil) }, "introduced"},
		{"corrected to another id", func() { l.correct("bka", 2, &moved) }, "introduced"},
		{"the last one taken back", func() { l.correct("bka", 0, nil) }, "-"},
		{"declared anew", func() { l.declare("log", organisation("x", "anew")) }, "anew"},
		{"a correction of what nobody said", func() { l.correct("log", 999, &third) }, "anew"},
	}
	var was []string
	for _, s := range steps {
		s.do()
		if got := name(l.c.View()); got != s.want {
			t.Fatalf("%s: %q, want %q", s.what, got, s.want)
		}
		was = append(was, s.want)
	}
	for i, want := range was {
		if got := name(l.c.AsOf(uint64(i + 1))); got != want {
			t.Errorf("as of %d: %q, want %q", i+1, got, want)
		}
	}
	if got := name(l.c.AsOf(0)); got != "-" {
		t.Errorf("as of 0: %q", got)
	}
	if e, ok := l.c.View().Organisation("y"); !ok || e.Name.EN != "moved" {
		t.Errorf("corrected to another id: %v", e)
	}
	if e, _ := l.c.View().Organisation("x"); e.First != 0 || e.Index != 12 || e.Entry != id(12) || e.Source != "log" {
		t.Errorf("%+v", e)
	}
}

// TestCorrectionInPlace: who corrects an old declaration does not undo what others declared since.
func TestCorrectionInPlace(t *testing.T) {
	l := tell()
	l.declare("bka", organisation("x", "old"))
	l.declare("log", organisation("x", "new"))
	mended := organisation("x", "old, mended")
	l.correct("bka", 0, &mended)
	if e, _ := l.c.View().Organisation("x"); e.Name.EN != "new" {
		t.Errorf("stands: %q", e.Name.EN)
	}
	l.correct("log", 1, nil)
	if e, _ := l.c.View().Organisation("x"); e.Name.EN != "old, mended" {
		t.Errorf("stands: %q", e.Name.EN)
	}
}

func TestListing(t *testing.T) {
	l := tell()
	for _, s := range []string{"b", "a-b", "a", "c", "a.b"} {
		l.declare("log", system(s, "op-"+s[:1], ""))
	}
	l.declare("log", system("a", "op-a", "c")) // again: listed once
	l.declare("log", system("d", "op-a", "a"))
	flag := system("e", "op-a", "a")
	flag.System.Flagged = true
	flag.Name.DE = "Gesichtsdatei"
	l.declare("log", flag)
	v := l.c.View()
	yes := true
	for _, c := range []struct {
		after string
		Criteria
		want []string
	}{
		{"", Criteria{}, []string{"a", "a-b", "a.b", "b", "c", "d", "e"}},
		{"a", Criteria{}, []string{"a-b", "a.b", "b", "c", "d", "e"}},
		{"aa", Criteria{}, []string{"b", "c", "d", "e"}},
		{"e", Criteria{}, nil},
		{"a-b", Criteria{Operator: "op-a"}, []string{"a.b", "d", "e"}},
		{"", Criteria{PartOf: "a"}, []string{"d", "e"}},
		{"", Criteria{Flagged: &yes}, []string{"e"}},
		{"", Criteria{Text: "SICHTS"}, []string{"e"}},
		{"", Criteria{Country: "DE"}, nil},
	} {
		if got := ids(v.Systems(c.after, c.Criteria)); !slices.Equal(got, c.want) {
			t.Errorf("after %q, %+v: %q, want %q", c.after, c.Criteria, got, c.want)
		}
	}
	if got := ids(v.Parts(event.DeclareSystem, "A")); !slices.Equal(got, []string{"d", "e"}) {
		t.Errorf("parts %q", got)
	}
	if got := ids(v.Operated("op-a")); !slices.Equal(got, []string{"a", "a-b", "a.b", "d", "e"}) {
		t.Errorf("operated %q", got)
	}
	if got := v.Within(event.DeclareSystem, "c"); !slices.Equal(got, []string{"c", "a", "d", "e", "gesichtsdatei"}) {
		t.Errorf("within %q", got)
	}
	l.declare("log", system("c", "op-c", "d")) // a circle
	if got := l.c.View().Within(event.DeclareSystem, "c"); !slices.Equal(got, []string{"c", "a", "d", "e", "gesichtsdatei"}) {
		t.Errorf("within a circle %q", got)
	}
	if got := ids(l.c.AsOf(2).Systems("", Criteria{})); !slices.Equal(got, []string{"a-b", "b"}) {
		t.Errorf("as of 2: %q", got)
	}
	if got := ids(v.List("NONE", "", Criteria{})); got != nil {
		t.Errorf("of no type: %q", got)
	}
}

func TestKeyAt(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	interval := func(from, to string) event.Time {
		v := event.Time{Earliest: event.Beginning, Latest: event.End, Precision: event.Interval}
		if from != "" {
			v.Earliest = at(from).UnixNano()
		}
		if to != "" {
			v.Latest = at(to).UnixNano()
		}
		return v
	}
	const jan, feb, mar, apr = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z"
	l := tell()
	l.declare("log", key("k", interval(feb, apr), event.Time{}))
	l.declare("log", key("forever", event.Time{}, event.Time{}))
	before := l.next
	revocation := l.declare("log", key("k", interval(feb, apr), event.At(at(mar))))
	l.declare("log", key("k", interval(feb, ""), event.Time{})) // does not revive it
	for _, c := range []struct {
		id, at string
		asOf   uint64
		want   KeyState
	}{
		{"k", jan, before, KeyNotYetValid}, {"k", feb, before, KeyValid}, {"k", mar, before, KeyValid},
		{"k", apr, before, KeyValid}, {"k", "2024-04-01T00:00:01Z", before, KeyExpired},
		{"k", jan, standing, KeyNotYetValid}, {"k", feb, standing, KeyValid}, {"k", mar, standing, KeyRevoked}, {"k", apr, standing, KeyRevoked},
		{"forever", jan, standing, KeyValid}, {"none", jan, standing, KeyUnknown}, {"k", jan, 0, KeyUnknown},
	} {
		if _, got := l.c.AsOf(c.asOf).KeyAt(c.id, at(c.at)); got != c.want {
			t.Errorf("key %s at %s as of %d is %s, want %s", c.id, c.at, c.asOf, got, c.want)
		}
	}
	if got := ids(l.c.View().KeysOf("bka")); !slices.Equal(got, []string{"forever", "k"}) {
		t.Errorf("keys %q", got)
	}
	// Only taking the revocation back does.
	l.correct("log", revocation, nil)
	if _, got := l.c.View().KeyAt("k", at(apr)); got != KeyValid {
		t.Errorf("after the revocation was taken back the key is %s", got)
	}
}

func TestChanged(t *testing.T) {
	l := tell()
	l.declare("log", organisation("x", "x"))
	organisations, systems := l.c.Changed(event.DeclareOrganisation), l.c.Changed(event.DeclareSystem)
	l.declare("log", organisation("y", "y"))
	select {
	case <-organisations:
	default:
		t.Error("a declared organisation is not told")
	}
	select {
	case <-systems:
		t.Error("systems have changed without a declaration")
	default:
	}
	if l.c.Changed("NONE") != nil {
		t.Error("a type without table may change")
	}
}

func TestRefused(t *testing.T) {
	l := tell()
	l.declare("log", event.Declaration{Type: event.DeclareOrganisation, ID: "no-part"})
	l.declare("log", event.Declaration{Type: "NONE", ID: "x"})
	l.declare("log", event.Declaration{Type: event.DeclarePurpose})
	l.declare("log", event.Declaration{Type: event.DeclarePurpose, ID: "a\x00b"})
	l.append("log", event.KindClaim, &event.Declaration{Type: event.DeclarePurpose, ID: "claim"})
	if got := dump(l.c.View()); len(got) != 0 {
		t.Errorf("%q", got)
	}
	l.declare("log", event.Declaration{Type: event.DeclarePurpose, ID: "search"})
	if _, ok := l.c.View().Get(event.DeclarePurpose, "search"); !ok {
		t.Error("a purpose needs no part")
	}
}

// dump writes down whatever a view can be asked for.
func dump(v *View) (all []string) {
	for t := range tables {
		for e := range v.List(t, "", Criteria{}) {
			c := *e
			c.until = 0
			c.Organisation, c.System, c.Key = nil, nil, nil // shown by themselves, not by where they are
			all = append(all, fmt.Sprintf("%s %+v %+v %+v %+v", t, c, e.Organisation, e.System, e.Key))
			for _, l := range labels(&e.Declaration) {
				owner, ok := v.Find(t, l)
				all = append(all, fmt.Sprintf("%s %s: %v %s", t, l, ok, owner.ID))
			}
			all = append(all, fmt.Sprint(t, e.ID, v.Synonyms(t, e.ID), v.Within(t, e.ID), ids(v.Parts(t, e.ID))))
		}
	}
	for _, c := range v.Collisions() {
		all = append(all, fmt.Sprintf("%+v", c))
	}
	for _, s := range []string{"bka", "org-a", "org-b"} {
		if keys, systems := ids(v.KeysOf(s)), ids(v.Operated(s)); len(keys)+len(systems) > 0 {
			all = append(all, fmt.Sprint(s, keys, systems))
		}
	}
	slices.Sort(all)
	return all
}

// TestHistory builds logs at random and compares every earlier state with a catalog of the entries up to there,
// while other goroutines read.
func TestHistory(t *testing.T) {
	for seed := range uint64(12) {
		w := rand.New(rand.NewPCG(seed, 3))
		slug := func(prefix string, n int) string { return prefix + string(rune('a'+w.IntN(n))) }
		declaration := func() *event.Declaration {
			var d event.Declaration
			switch w.IntN(4) {
			case 0, 1:
				d = organisation(slug("org-", 4), slug("Name ", 5), slug("alias-", 6), slug("org-", 6))
				d.Organisation.Flagged = w.IntN(3) == 0
				d.Organisation.PartOf = slug("org-", 4)
			case 2:
				d = system(slug("sys-", 4), slug("org-", 4), slug("sys-", 5))
				d.System.Flagged = w.IntN(3) == 0
				d.Aliases = []string{slug("ALIAS-", 4)}
			case 3:
				d = key(slug("key-", 3), event.Time{}, event.Time{})
				if w.IntN(3) == 0 {
					n := w.Int64N(100)
					d.Key.Revoked = event.Time{Earliest: n, Latest: n, Precision: event.Instant}
				}
			}
			return &d
		}
		l := tell()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range 60 {
					dump(l.c.View())
				}
			})
		}
		for range 60 {
			source := slug("source-", 2)
			switch w.IntN(5) {
			case 0, 1, 2:
				l.declare(source, *declaration())
			case 3:
				l.correct(source, w.Uint64N(l.next+1), declaration())
			case 4:
				l.correct(source, w.Uint64N(l.next+1), nil)
			}
		}
		wg.Wait()
		again := New()
		for n := range l.next + 1 {
			if got, want := dump(l.c.AsOf(n)), dump(again.View()); !slices.Equal(got, want) {
				t.Fatalf("seed %d as of %d:\ngot  %q\nwant %q", seed, n, got, want)
			}
			if n < l.next {
				again.Apply(n, l.log[n])
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	l := tell()
	for i := range 2000 {
		l.declare("log", organisation(fmt.Sprint("org-", i), fmt.Sprint("Organisation ", i), fmt.Sprint("alias-", i)))
	}
	v := l.c.View()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := v.Organisation("ALIAS-77"); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkApply(b *testing.B) {
	l := tell()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.declare("log", organisation(fmt.Sprint("org-", i%5000), fmt.Sprint("Organisation ", i), fmt.Sprint("alias-", i)))
	}
}

package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

var question = graph.Access{Way: event.WayQuestion, Operation: "Trail", Document: digest(7), Bytes: 100}

// reader opens a view of somebody.
func reader(t testing.TB, g *graph.Graph, name string, role graph.Role, organisations ...string) *graph.View {
	t.Helper()
	v, err := g.As(graph.Viewer{Name: name, Role: role, Organisations: organisations, Purpose: graph.LawfulnessCheck, PurposeText: "file of " + name})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func account(t testing.TB, v *graph.View, a graph.Access) {
	t.Helper()
	if err := v.Account(context.Background(), a); err != nil {
		t.Fatal(err)
	}
}

// ask asks for the entries about an image and accounts for it.
func ask(t testing.TB, v *graph.View, image int) {
	t.Helper()
	if _, err := v.Events(context.Background(), graph.EventFilter{Digests: []string{digest(image)}}, index.Recorded, graph.Pagination{First: 10}); err != nil {
		t.Fatal(err)
	}
	account(t, v, question)
}

func accesses(t testing.TB, v *graph.View, f graph.AccessFilter) []*graph.Reading {
	t.Helper()
	p, err := v.Accesses(context.Background(), f, graph.Pagination{First: 100})
	if err != nil {
		t.Fatal(err)
	}
	return p.Readings
}

func who(rs []*graph.Reading) (out []string) {
	for _, r := range rs {
		if r.Reader == "" {
			out = append(out, string(r.Absent)+" of "+strings.Join(r.Organisations, " "))
		} else {
			out = append(out, r.Reader)
		}
	}
	return out
}

// A reading says who, why, how much and of whom, is there after a restart, and its leaf is proven with nothing but the
// checkpoint's own library.
func TestReadingIsAnEntry(t *testing.T) {
	g, dir := open(t)
	r := record(t, g, "bka-gateway", consult("e-1", 1))[0]
	ctx := context.Background()

	v := reader(t, g, "auditor-mustermann", graph.Oversight)
	if _, err := v.Event(ctx, r.Entry.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Events(ctx, graph.EventFilter{Cases: []graph.Identity{{Source: "bka-gateway", Identifier: "case-77"}}}, index.Recorded, graph.Pagination{First: 10}); err != nil {
		t.Fatal(err)
	}
	account(t, v, question)
	account(t, v, graph.Access{Way: event.WayQuestion}) // nothing of the first is said twice
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}

	g = reopen(t, dir)
	v = reader(t, g, "control", graph.Oversight)
	list := accesses(t, v, graph.AccessFilter{Readers: []string{"auditor-mustermann"}})
	if len(list) != 2 {
		t.Fatalf("%d readings", len(list))
	}
	second, first := list[0], list[1]
	if len(second.Opened) != 0 || second.Rows != 0 || second.Bytes != 0 {
		t.Errorf("the second reading has what the first had: %+v", second)
	}
	if first.Reader != "auditor-mustermann" || first.Role != graph.Oversight || first.Purpose != graph.LawfulnessCheck || first.Text != "file of auditor-mustermann" ||
		first.Operation != "Trail" || first.Document != digest(7) || first.Bytes != 100 || first.Rows != 2 || first.TreeSize != r.Index+1 || first.Way != event.WayQuestion {
		t.Errorf("%+v", first)
	}
	e, err := v.Event(ctx, r.Entry.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []graph.Subject{
		{Kind: event.SubjectImage, Denotation: event.Denotation{Sealer: graph.LogID, Pseudonym: e.Event.Images[0].Pseudonym}},
		{Kind: event.SubjectActor, Denotation: event.Denotation{Sealer: graph.LogID, Pseudonym: e.Event.Actor.Pseudonym}},
		{Kind: event.SubjectCase, Denotation: event.Denotation{Sealer: graph.LogID, Pseudonym: e.Event.Case.Pseudonym}},
	} {
		if !slices.Contains(first.Opened, want) {
			t.Errorf("%v is not among what was opened: %v", want, first.Opened)
		}
	}
	if len(first.Opened) != 3 {
		t.Errorf("opened: %v", first.Opened)
	}

	p, err := v.ProveAccess(ctx, first.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := graph.AccessVerifierKey(dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	proves(t, p, vkey, "log.example/test/accesses")
	if sk, err := event.ParseSkeleton(p.Leaf); err != nil || sk.Access == nil || sk.Access.Operation != "Trail" {
		t.Errorf("the leaf is %s, %v", p.Leaf, err)
	}
}

// What readers are called and what they said stands nowhere in the clear, nor does what they asked by.
func TestReadersAreSealed(t *testing.T) {
	g, dir := open(t)
	record(t, g, "bka-gateway", consult("e-1", 1))
	v := reader(t, g, "auditor-mustermann", graph.Oversight)
	ask(t, v, 1)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.HasPrefix(path, filepath.Join(dir, "accesses")) && bytes.Contains(b, []byte("lawfulness-check")) {
			files++
		}
		for _, personal := range []string{"mustermann", strings.TrimPrefix(digest(1), "sha256:"), "officer-1"} {
			if bytes.Contains(b, []byte(personal)) {
				t.Errorf("%s has %q in the clear", path, personal)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("the search finds no purposes either: it does not see the leaves")
	}
}

// Nothing goes out that cannot be accounted for. The head that cannot be kept is a real fault: another thing is in its
// place.
func TestFailingAccessLedger(t *testing.T) {
	g, dir := open(t)
	head := filepath.Join(dir+".keys", "accesses.head")
	if err := errors.Join(os.Remove(head), os.Mkdir(head, 0o700), os.WriteFile(filepath.Join(head, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	v := reader(t, g, "auditor", graph.Oversight)
	for range 200 { // heads are kept behind the commits
		if err := v.Account(context.Background(), question); err != nil {
			if !errors.Is(err, ledger.ErrStopped) && !strings.Contains(err.Error(), "access ledger") {
				t.Error(err)
			}
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("a ledger whose head cannot be kept goes on")
}

// An access ledger is made where there is none, and not where there was one.
func TestAccessLedgerOfAnOldDirectory(t *testing.T) {
	g, dir := open(t)
	account(t, reader(t, g, "auditor", graph.Oversight), question)
	if err := errors.Join(g.Close(), os.RemoveAll(filepath.Join(dir, "accesses"))); err != nil {
		t.Fatal(err)
	}
	if g, err := graph.Open(dir, graph.Options{BlockEntries: 64}); !errors.Is(err, ledger.ErrDamaged) {
		t.Fatalf("an access ledger that is gone: %v, %v", g, err)
	}
	report, err := graph.VerifyAccesses(dir, graph.Options{}, nil, nil)
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("verify: %+v, %v", report, err)
	}
	if err := os.Remove(filepath.Join(dir+".keys", "accesses.head")); err != nil {
		t.Fatal(err)
	}
	if report, err := graph.VerifyAccesses(dir, graph.Options{}, nil, nil); err != nil || report != nil {
		t.Errorf("verify of an older directory: %+v, %v", report, err)
	}
	// A creation that was cut short does not stand in the way.
	if err := os.MkdirAll(filepath.Join(dir, "accesses.new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	g = reopen(t, dir)
	account(t, reader(t, g, "auditor", graph.Oversight), question)
	if list := accesses(t, reader(t, g, "control", graph.Oversight), graph.AccessFilter{}); len(list) != 1 {
		t.Errorf("%d readings", len(list))
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	report, err = graph.VerifyAccesses(dir, graph.Options{}, nil, nil)
	if err != nil || report.Err() != nil || report.Size != 1 {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// Nor does one that was cut short when the head of the empty ledger was written and the ledger not yet in its place.
func TestAccessLedgerHalfMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := graph.Create(dir, "log.example/test", graph.Options{}); err != nil {
		t.Fatal(err)
	}
	g := reopen(t, dir) // whichever of the two makes it
	if err := errors.Join(g.Close(), os.Rename(filepath.Join(dir, "accesses"), filepath.Join(dir, "accesses.new"))); err != nil {
		t.Fatal(err)
	}
	g = reopen(t, dir)
	account(t, reader(t, g, "auditor", graph.Oversight), question)
	if err := errors.Join(g.Close(), os.Rename(filepath.Join(dir, "accesses"), filepath.Join(dir, "accesses.new"))); err != nil {
		t.Fatal(err)
	}
	if g, err := graph.Open(dir, graph.Options{BlockEntries: 64}); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("a ledger that holds something was taken for one half made: %v, %v", g, err)
	}
}

// Who sees which readings.
func TestScopeOfAccesses(t *testing.T) {
	g, _ := open(t)
	owned, other := consult("owned", 1), consult("other", 2)
	owned.Owner = "de-bka"
	other.Case = &event.Case{Reference: "case-78"}
	record(t, g, "bka-gateway", owned, other)

	ask(t, reader(t, g, "oversight-1", graph.Oversight), 1)
	ask(t, reader(t, g, "oversight-2", graph.Oversight), 2)
	ask(t, reader(t, g, "bka-1", graph.DPO, "de-bka"), 2)
	ask(t, reader(t, g, "ipsg-1", graph.DPO, "int-ipsg"), 1)
	ask(t, reader(t, g, "ipsg-2", graph.DPO, "int-ipsg"), 3)
	both := reader(t, g, "ipsg-3", graph.Oversight, "int-ipsg")
	ask(t, both, 2)
	if _, err := both.Events(context.Background(), graph.EventFilter{Digests: []string{digest(1), digest(2)}, Cases: []graph.Identity{{Identifier: "case-77"}}}, index.Recorded, graph.Pagination{First: 1}); err != nil {
		t.Fatal(err)
	}
	account(t, both, question)

	seen := func(f graph.AccessFilter, role graph.Role, organisations ...string) []string {
		return who(accesses(t, as(t, g, role, organisations...), f))
	}
	check := func(what string, have, want []string) {
		t.Helper()
		if !slices.Equal(have, want) {
			t.Errorf("%s: %q, want %q", what, have, want)
		}
	}
	all := []string{"ipsg-3", "ipsg-3", "ipsg-2", "ipsg-1", "bka-1", "oversight-2", "oversight-1"}
	foreign := []string{"OUT_OF_SCOPE of int-ipsg", "OUT_OF_SCOPE of int-ipsg", "bka-1", "OUT_OF_SCOPE of "}
	check("oversight", seen(graph.AccessFilter{}, graph.Oversight), all)
	check("owner", seen(graph.AccessFilter{}, graph.DPO, "de-bka"), foreign)
	check("others", seen(graph.AccessFilter{}, graph.DPO, "int-ipsg"), all[:4])

	// What is out of scope finds nothing, and of images only those of one's own.
	check("reader", seen(graph.AccessFilter{Readers: []string{"ipsg-1", "bka-1"}}, graph.DPO, "de-bka"), []string{"bka-1"})
	check("case", seen(graph.AccessFilter{Cases: []graph.Identity{{Identifier: "case-77"}}}, graph.DPO, "de-bka"), nil)
	check("case, oversight", seen(graph.AccessFilter{Cases: []graph.Identity{{Source: "bka-gateway", Identifier: "case-77"}}}, graph.Oversight), []string{"ipsg-3"})
	check("own image", seen(graph.AccessFilter{Digests: []string{digest(1)}}, graph.DPO, "de-bka"), []string{foreign[0], foreign[1], foreign[3]})
	check("another's image", seen(graph.AccessFilter{Digests: []string{digest(2)}}, graph.DPO, "de-bka"), []string{"bka-1"})
	check("another's image, oversight", seen(graph.AccessFilter{Digests: []string{digest(2)}}, graph.Oversight), []string{"ipsg-3", "ipsg-3", "bka-1", "oversight-2"})
	check("image that nobody knows", seen(graph.AccessFilter{Digests: []string{digest(3)}}, graph.DPO, "int-ipsg"), []string{"ipsg-2"})
	check("organisation", seen(graph.AccessFilter{Organisations: []string{"INT-IPSG"}}, graph.DPO, "de-bka"), foreign[:2])
	check("role", seen(graph.AccessFilter{Roles: []graph.Role{graph.DPO}}, graph.DPO, "de-bka"), foreign[1:3])
	check("purpose", seen(graph.AccessFilter{Purposes: []graph.Purpose{graph.SubjectAccess}}, graph.Oversight), nil)
	check("purpose", seen(graph.AccessFilter{Purposes: []graph.Purpose{graph.LawfulnessCheck}}, graph.Oversight), all)
	check("operation", seen(graph.AccessFilter{Operations: []string{"BUNDLE"}}, graph.Oversight), nil)
	check("operation", seen(graph.AccessFilter{Operations: []string{"Trail"}}, graph.Oversight), all)
	check("time", seen(graph.AccessFilter{Recorded: mustTime("2001")}, graph.Oversight), nil)
	check("no roles", seen(graph.AccessFilter{Roles: []graph.Role{}}, graph.Oversight), nil)

	for _, r := range accesses(t, as(t, g, graph.DPO, "de-bka"), graph.AccessFilter{}) {
		if r.Foreign && (r.Text != "" || r.TextAbsent != graph.OutOfScope || !r.Pseudonym.IsZero() || r.Bytes != 0 || r.Rows != 0 || r.TreeSize != 0 || r.Leaf != nil ||
			len(r.Opened) != 1 || r.Opened[0].Kind != event.SubjectImage) {
			t.Errorf("a reading of another organisation shows %+v", r)
		}
	}
	ctx := context.Background()
	for _, v := range []graph.Viewer{{Name: "x", Role: graph.Operator}, {Name: "x", Role: graph.Reporter, Source: "bka-gateway"}} {
		v.Purpose = graph.SelfMonitoring
		view, err := g.As(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := view.Accesses(ctx, graph.AccessFilter{}, graph.Pagination{First: 1}); graph.CodeOf(err) != graph.CodeForbidden {
			t.Errorf("%s: %v", v.Role, err)
		}
		if _, err := view.ProveAccess(ctx, "0"); graph.CodeOf(err) != graph.CodeForbidden {
			t.Errorf("%s: %v", v.Role, err)
		}
	}
	if _, err := as(t, g, graph.DPO, "de-bka").ProveAccess(ctx, "1"); graph.CodeOf(err) != graph.CodeNotFound {
		t.Errorf("a proof of what is out of scope: %v", err)
	}
	if p, err := as(t, g, graph.DPO, "de-bka").ProveAccess(ctx, "0"); err != nil || p.Leaf != nil {
		t.Errorf("a proof of what is in scope by an image: %+v, %v", p, err)
	}
}

// Pages of the access ledger hold for the state of the first, whatever is read meanwhile.
func TestPagesOfAccesses(t *testing.T) {
	g, _ := open(t)
	for i := range 7 {
		account(t, reader(t, g, fmt.Sprint("reader-", i), graph.Oversight), question)
	}
	ctx := context.Background()
	v := as(t, g, graph.Oversight)
	var got []string
	pg := graph.Pagination{First: 3}
	for {
		p, err := v.Accesses(ctx, graph.AccessFilter{}, pg)
		if err != nil {
			t.Fatal(err)
		}
		if p.TreeSize != 7 {
			t.Errorf("tree size %d", p.TreeSize)
		}
		got = append(got, who(p.Readings)...)
		account(t, v, question) // reading it is an entry
		if !p.More {
			break
		}
		if pg.After, err = p.Cursor(len(p.Readings) - 1); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"reader-6", "reader-5", "reader-4", "reader-3", "reader-2", "reader-1", "reader-0"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, err := v.Accesses(ctx, graph.AccessFilter{Roles: []graph.Role{}}, pg); graph.CodeOf(err) != graph.CodeBadCursor {
		t.Errorf("a cursor of another question: %v", err)
	}
	if _, err := v.Accesses(ctx, graph.AccessFilter{}, graph.Pagination{First: graph.MaxPage + 1}); graph.CodeOf(err) != graph.CodeBadArgument {
		t.Error(err)
	}
	if list := accesses(t, v, graph.AccessFilter{Readers: []string{"viewer"}}); len(list) != 3 {
		t.Errorf("%d readings of the access ledger itself", len(list))
	}
}

// The stages of a subscription belong together.
func TestStagesOfASubscription(t *testing.T) {
	g, _ := open(t)
	v := reader(t, g, "watcher", graph.Oversight)
	for _, a := range []graph.Access{
		{Way: event.WaySubscription, Stage: event.StageOpen, Operation: "Watch"},
		{Way: event.WaySubscription, Stage: event.StageRunning, Operation: "Watch", Rows: 1000, Bytes: 5},
		{Way: event.WaySubscription, Stage: event.StageClosed, Operation: "Watch", Rows: 3},
	} {
		account(t, v, a)
	}
	list := accesses(t, as(t, g, graph.Oversight), graph.AccessFilter{Operations: []string{"Watch"}})
	if len(list) != 3 {
		t.Fatalf("%d stages", len(list))
	}
	closed, running, opened := list[0], list[1], list[2]
	if opened.Stage != event.StageOpen || !opened.Of.IsZero() || running.Stage != event.StageRunning || running.Of != opened.ID || running.Rows != 1000 ||
		closed.Stage != event.StageClosed || closed.Of != opened.ID || closed.Rows != 3 {
		t.Errorf("%+v\n%+v\n%+v", opened, running, closed)
	}
}

// One request opens no more than its entry can name.
func TestARequestOpensOnlySoMany(t *testing.T) {
	g, _ := open(t)
	v := reader(t, g, "auditor", graph.Oversight)
	var digests []string
	for i := range graph.MaxSubjects + 1 {
		digests = append(digests, digest(i))
	}
	_, err := v.Events(context.Background(), graph.EventFilter{Digests: digests}, index.Recorded, graph.Pagination{First: 1})
	if graph.CodeOf(err) != graph.CodeTooMany {
		t.Fatal(err)
	}
	account(t, v, question)
	if list := accesses(t, v, graph.AccessFilter{}); len(list) != 1 || len(list[0].Opened) != graph.MaxSubjects {
		t.Errorf("%d readings", len(list))
	}
}

// A purpose in words that could not be kept as it is lets nobody in.
func TestPurposeInWords(t *testing.T) {
	g, _ := open(t)
	for _, text := range []string{"a\nb", "\xff", strings.Repeat("x", graph.MaxPurposeText+1)} {
		if _, err := g.As(graph.Viewer{Name: "x", Role: graph.Oversight, Purpose: graph.Integrity, PurposeText: text}); graph.CodeOf(err) != graph.CodeBadArgument {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// Many at once are each an entry, in fewer commits than there are entries.
func TestReadingsAtOnce(t *testing.T) {
	g, dir := open(t)
	record(t, g, "bka-gateway", consult("e-1", 1))
	var all sync.WaitGroup
	const clients, requests = 16, 20
	for c := range clients {
		all.Go(func() {
			for range requests {
				ask(t, reader(t, g, fmt.Sprint("reader-", c), graph.Oversight), 1)
			}
		})
	}
	all.Wait()
	v := as(t, g, graph.Oversight)
	if list := accesses(t, v, graph.AccessFilter{Readers: []string{"reader-3"}}); len(list) != requests {
		t.Errorf("%d readings of one of them", len(list))
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := graph.VerifyAccesses(dir, graph.Options{}, nil, nil)
	if err != nil || report.Err() != nil || report.Size != clients*requests || report.Commits >= report.Size {
		t.Errorf("%+v, %v", report, err)
	}
}

// What a request pays for its entry, alone and among 64.
func BenchmarkAccount(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			g, _ := open(b)
			owned := consult("e-1", 1)
			owned.Owner = "de-bka"
			record(b, g, "bka-gateway", owned)
			var all sync.WaitGroup
			var mu sync.Mutex
			var took []time.Duration
			b.ResetTimer()
			for c := range clients {
				n := b.N / clients
				if c < b.N%clients {
					n++
				}
				all.Go(func() {
					mine := make([]time.Duration, 0, n)
					for range n {
						v := reader(b, g, "auditor", graph.Oversight)
						if _, err := v.Events(context.Background(), graph.EventFilter{Digests: []string{digest(1)}}, index.Recorded, graph.Pagination{First: 10}); err != nil {
							b.Error(err)
						}
						begin := time.Now()
						if err := v.Account(context.Background(), question); err != nil {
							b.Error(err)
						}
						mine = append(mine, time.Since(begin))
					}
					mu.Lock()
					took = append(took, mine...)
					mu.Unlock()
				})
			}
			all.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

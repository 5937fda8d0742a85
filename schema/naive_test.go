package schema_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// What the answers are compared with: a pass over the events as they were handed in, that knows nothing of leaves,
// pseudonyms, indexes and catalogs.

// entries returns all entries of the log, by index.
func (w *world) entries() []handed {
	all := slices.Concat(w.in, w.own)
	slices.SortFunc(all, func(a, b handed) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

func organisationsOf(e *event.Event) []string {
	out := []string{e.Requester, e.From.Organisation, e.To.Organisation, e.Origin, e.Owner, e.Controller}
	if e.Transfer != nil {
		out = append(out, e.Transfer.OnwardApproval)
	}
	if e.Consent != nil {
		out = append(out, e.Consent.By)
	}
	if e.Permission != nil {
		out = append(out, e.Permission.Recipients...)
	}
	if c := e.Claim; c != nil {
		out = append(out, c.Claimant, c.Reporter, c.Proposition.Subject, c.Proposition.From, c.Proposition.To)
	}
	return out
}

func systemsOf(e *event.Event) []string {
	out := []string{e.From.System, e.To.System}
	for _, d := range e.Databases {
		out = append(out, d.System)
	}
	for _, i := range e.Images {
		out = append(out, i.System)
	}
	for _, r := range e.Records {
		out = append(out, r.System)
	}
	if e.Permission != nil {
		out = append(out, e.Permission.Systems...)
	}
	if c := e.Claim; c != nil {
		out = append(out, c.Proposition.Subject, c.Proposition.From, c.Proposition.To)
	}
	return out
}

func actorsOf(e *event.Event) (out []string) {
	if e.Actor != nil {
		out = append(out, e.Actor.ID)
	}
	for _, v := range e.Verifiers {
		out = append(out, v.ID)
	}
	if e.Authorisation != nil && e.Authorisation.By != nil {
		out = append(out, e.Authorisation.By.ID)
	}
	return out
}

func digestsOf(e *event.Event) (out []string) {
	for _, i := range e.Images {
		out = append(out, i.Digest)
	}
	return out
}

func missing(field string) func(h handed) bool {
	return func(h handed) bool {
		e := h.Event
		for _, w := range e.Withheld {
			if w == "/"+field || strings.HasPrefix(w, "/"+field+"/") {
				return false
			}
		}
		if e.Kind.Operation() == "" {
			return false
		}
		switch field {
		case "justification":
			return e.Justification == ""
		case "case":
			return e.Case == nil || e.Case.Reference == ""
		case "basis":
			return len(e.Basis) == 0
		case "purpose":
			return e.Purpose == ""
		case "actor":
			return e.Actor == nil || e.Actor.ID == "" && !e.Actor.Automated
		case "occurred":
			return e.Occurred.IsZero()
		}
		panic(field)
	}
}

func has(list func(*event.Event) []string, values ...string) func(handed) bool {
	return func(h handed) bool {
		return slices.ContainsFunc(list(h.Event), func(s string) bool { return s != "" && slices.Contains(values, s) })
	}
}

func in(text string) event.Time {
	t, err := event.ParseTime(text)
	if err != nil {
		panic(err)
	}
	return t
}

// pick returns the first event that was handed in and is as wanted.
func (w *world) pick(t *testing.T, what string, want func(handed) bool) handed {
	t.Helper()
	i := slices.IndexFunc(w.in, want)
	if i < 0 {
		t.Fatalf("the world has no %s", what)
	}
	return w.in[i]
}

type question struct {
	name   string
	filter vars
	want   func(handed) bool
	empty  bool // nothing is to be found
}

func (w *world) questions(t *testing.T) []question {
	pictured := w.in[len(w.in)-1] // of the sealed batch, so seen by two sealers
	digest := pictured.Images[0].Digest
	acted := w.pick(t, "actor", func(h handed) bool { return h.source != signer && h.Actor != nil && h.Actor.ID != "" })
	verified := w.pick(t, "verifier", func(h handed) bool { return len(h.Verifiers) > 0 })
	cased := w.pick(t, "case", func(h handed) bool { return h.Case != nil && h.Case.Reference != "" })
	sent := w.pick(t, "transfer", func(h handed) bool { return h.Transfer != nil && h.Transfer.Reference != "" })
	related := w.pick(t, "relation", func(h handed) bool { return len(h.Relates) > 0 && h.Relates[0].ID != "" && h.Exercise })
	target := w.pick(t, "target", func(h handed) bool { return h.source == related.source && h.Event.ID == related.Relates[0].ID })
	collected := w.pick(t, "collection", func(h handed) bool { return h.Collection != "" })
	purposed := w.pick(t, "purpose", func(h handed) bool { return h.Purpose != "" })
	cited := w.pick(t, "citation", func(h handed) bool { return h.Citation != nil })
	bare := w.pick(t, "event without justification", func(h handed) bool { return h.Requester != "" && missing("justification")(h) })
	middle := w.in[len(w.in)/2].Recorded
	var pseudonym string
	{
		var out struct {
			Event struct {
				Images []struct {
					Pseudonym string `json:"pseudonym"`
				} `json:"images"`
			} `json:"event"`
		}
		w.get(t, `query($id: ID!) { event(id: $id) { images { pseudonym } } }`, vars{"id": pictured.Entry.String()}, &out)
		pseudonym = out.Event.Images[0].Pseudonym
	}
	ipsg := has(organisationsOf, "ipsg")
	icis := []string{"icis", "ifrs", "morphoface-investigate", "interpol-notices", "red-notices", "blue-notices", "interpol-diffusions", "blue-diffusions"}
	kinds := func(ks ...event.Kind) func(handed) bool {
		return func(h handed) bool { return slices.Contains(ks, h.Kind) }
	}
	and := func(all ...func(handed) bool) func(handed) bool {
		return func(h handed) bool {
			return !slices.ContainsFunc(all, func(f func(handed) bool) bool { return !f(h) })
		}
	}
	exercised := func(on bool) func(handed) bool { return func(h handed) bool { return h.Exercise == on } }
	overlaps := func(text string) func(handed) bool {
		return func(h handed) bool { return h.Occurred.Overlaps(in(text)) }
	}
	recorded := func(from, to time.Time) func(handed) bool {
		return func(h handed) bool { return !h.Recorded.Before(from) && !h.Recorded.After(to) }
	}
	out := []question{
		{name: "nothing", want: func(handed) bool { return true }},
		{name: "kind", filter: vars{"kinds": []any{"QUERY"}}, want: kinds(event.KindQuery)},
		{name: "kinds", filter: vars{"kinds": []any{"DISCLOSE", "RECEIVE", "ERASE"}}, want: kinds(event.KindDisclose, event.KindReceive, event.KindErase)},
		{name: "a kind, not in a list", filter: vars{"kinds": "MATCH"}, want: kinds(event.KindMatch)},
		{name: "of no kind", filter: vars{"kinds": []any{}}, empty: true},
		{name: "null for a list", filter: vars{"kinds": nil, "exercise": true}, want: exercised(true)},
		{name: "the log's own", filter: vars{"kinds": []any{"ADMIT", "LINK"}}, want: kinds(event.KindAdmit, event.KindLink)},
		{name: "picture", filter: vars{"digests": []any{digest}}, want: has(digestsOf, digest)},
		{name: "pictures", filter: vars{"digests": toAny(w.someDigests(40))}, want: has(digestsOf, w.someDigests(40)...)},
		{name: "unknown picture", filter: vars{"digests": []any{"sha256:" + strings.Repeat("0", 64)}}, empty: true},
		{name: "pseudonym of a picture, another sealer's too", filter: vars{"images": []any{pseudonym}}, want: has(digestsOf, digest)},
		{name: "unknown pseudonym", filter: vars{"images": []any{strings.Repeat("A", 22)}}, empty: true},
		{name: "system", filter: vars{"systems": []any{"ifrs"}}, want: has(systemsOf, "ifrs")},
		{name: "system by alias", filter: vars{"systems": []any{"Interpol Face Recognition System"}}, want: has(systemsOf, "ifrs")},
		{name: "system without parts", filter: vars{"systems": []any{"icis"}}, want: has(systemsOf, "icis")},
		{name: "system with parts", filter: vars{"systems": []any{"ICIS"}, "parts": true}, want: has(systemsOf, icis...)},
		{name: "unknown system", filter: vars{"systems": []any{"nowhere"}}, empty: true},
		{name: "organisation", filter: vars{"organisations": []any{"ipsg"}}, want: ipsg},
		{name: "organisation as IPSG", filter: vars{"organisations": []any{"IPSG"}}, want: ipsg},
		{name: "organisation as IPSPG", filter: vars{"organisations": []any{"IPSPG"}}, want: ipsg},
		{name: "organisation as IPSP", filter: vars{"organisations": []any{"ipsp"}}, want: ipsg},
		{name: "organisations", filter: vars{"organisations": []any{"BKA", "europol"}}, want: has(organisationsOf, "bka", "europol")},
		{name: "actor", filter: vars{"actors": []any{vars{"source": acted.source, "identifier": acted.Actor.ID}}},
			want: func(h handed) bool {
				return h.source == acted.source && slices.Contains(actorsOf(h.Event), acted.Actor.ID)
			}},
		{name: "actor of any source", filter: vars{"actors": []any{vars{"identifier": acted.Actor.ID}}}, want: has(actorsOf, acted.Actor.ID)},
		{name: "verifier", filter: vars{"actors": []any{vars{"identifier": verified.Verifiers[0].ID}}}, want: has(actorsOf, verified.Verifiers[0].ID)},
		{name: "actor of a sealed batch", filter: vars{"actors": []any{vars{"source": signer, "identifier": "signer-officer"}}},
			want: func(h handed) bool { return h.source == signer }},
		{name: "unknown actor", filter: vars{"actors": []any{vars{"identifier": "nobody"}}}, empty: true},
		{name: "case", filter: vars{"cases": []any{vars{"source": cased.source, "identifier": cased.Case.Reference}}},
			want: func(h handed) bool {
				return h.source == cased.source && h.Case != nil && h.Case.Reference == cased.Case.Reference
			}},
		{name: "source", filter: vars{"sources": []any{acted.source}}, want: func(h handed) bool { return h.source == acted.source }},
		{name: "source of a sealed batch", filter: vars{"sources": []any{signer}}, want: func(h handed) bool { return h.source == signer || h.Kind == event.KindAdmit }},
		{name: "purpose", filter: vars{"purposes": []any{purposed.Purpose}}, want: func(h handed) bool { return h.Purpose == purposed.Purpose }},
		{name: "collection", filter: vars{"collections": []any{collected.Collection}}, want: func(h handed) bool { return h.Collection == collected.Collection }},
		{name: "document", filter: vars{"documents": []any{cited.Citation.Source}}, want: func(h handed) bool { return h.Citation != nil && h.Citation.Source == cited.Citation.Source }},
		{name: "transfer", filter: vars{"transfers": []any{sent.Transfer.Reference}}, want: func(h handed) bool { return h.Transfer != nil && h.Transfer.Reference == sent.Transfer.Reference }},
		{name: "target", filter: vars{"targets": []any{target.Entry.String()}}, want: func(h handed) bool {
			return h.source == target.source && slices.ContainsFunc(h.Relates, func(r event.Reference) bool { return r.ID == target.Event.ID })
		}},
		{name: "day", filter: vars{"occurred": "2025-02-03"}, want: overlaps("2025-02-03")},
		{name: "month", filter: vars{"occurred": "2025-03"}, want: overlaps("2025-03")},
		{name: "from a day on", filter: vars{"occurred": "2025-05-01/.."}, want: overlaps("2025-05-01/..")},
		{name: "up to a year, with unsure times", filter: vars{"occurred": "../2021"}, want: overlaps("../2021")},
		{name: "recorded", filter: vars{"recorded": middle.Format(time.RFC3339) + "/.."}, want: recorded(middle, dawn.AddDate(1, 0, 0))},
		{name: "recorded before the log", filter: vars{"recorded": "2025"}, empty: true},
		{name: "exercise", filter: vars{"exercise": true}, want: exercised(true)},
		{name: "real", filter: vars{"exercise": false}, want: exercised(false)},
		{name: "all at once", filter: vars{"kinds": []any{string(bare.Kind), "CLAIM"}, "exercise": true, "organisations": []any{bare.Requester}, "occurred": "2025", "missing": []any{"JUSTIFICATION"}},
			want: and(kinds(bare.Kind), exercised(true), has(organisationsOf, bare.Requester), overlaps("2025"), missing("justification"))},
	}
	for _, f := range []string{"justification", "case", "basis", "purpose", "actor", "occurred"} {
		out = append(out, question{name: "missing " + f, filter: vars{"missing": []any{strings.ToUpper(f)}}, want: missing(f),
			empty: f == "occurred" || !slices.ContainsFunc(w.in, missing(f))})
	}
	return append(out, question{name: "missing two", filter: vars{"missing": []any{"JUSTIFICATION", "CASE"}}, want: and(missing("justification"), missing("case")),
		empty: !slices.ContainsFunc(w.in, and(missing("justification"), missing("case")))})
}

func toAny(list []string) (out []any) {
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// inOrder puts entries in an order; those not placed in time come last.
func inOrder(all []handed, order string) (out []uint64) {
	all = slices.Clone(all)
	desc := strings.HasSuffix(order, "_DESC")
	slices.SortStableFunc(all, func(a, b handed) int {
		byIndex := cmp.Compare(a.Index, b.Index)
		if strings.HasPrefix(order, "OCCURRED") {
			if a.Occurred.IsZero() != b.Occurred.IsZero() {
				if a.Occurred.IsZero() {
					return 1
				}
				return -1
			}
			byIndex = cmp.Or(cmp.Compare(a.Occurred.Earliest, b.Occurred.Earliest), byIndex)
		}
		if desc {
			return -byIndex
		}
		return byIndex
	})
	for _, h := range all {
		out = append(out, h.Index)
	}
	return out
}

func filtered(all []handed, want func(handed) bool) (out []handed) {
	for _, h := range all {
		if want(h) {
			out = append(out, h)
		}
	}
	return out
}

// Every filter of the schema finds what a pass over the events handed in finds, in every order.
func TestEventsAreThoseHandedIn(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	if uint64(len(all)) != w.graph.Checkpoint().Size {
		t.Fatalf("%d entries are known, the log has %d", len(all), w.graph.Checkpoint().Size)
	}
	orders := []string{"RECORDED", "RECORDED_DESC", "OCCURRED", "OCCURRED_DESC"}
	for n, q := range w.questions(t) {
		t.Run(q.name, func(t *testing.T) {
			var want []handed
			if !q.empty {
				if want = filtered(all, q.want); len(want) == 0 {
					t.Fatal("the world has nothing of this")
				}
			}
			order := orders[n%len(orders)]
			got, size := w.walk(t, q.filter, order, 500, nil)
			if !slices.Equal(got, inOrder(want, order)) {
				t.Errorf("%s: found %d, want %d: %v, %v", order, len(got), len(want), head(got), head(inOrder(want, order)))
			}
			if size != uint64(len(all)) {
				t.Errorf("the answer holds for %d entries of %d", size, len(all))
			}
		})
	}
}

func head(list []uint64) []uint64 { return list[:min(len(list), 12)] }

func TestPages(t *testing.T) {
	w := theWorld(t)
	filter := vars{"kinds": []any{"QUERY", "CONSULT", "CLAIM", "DECLARE"}, "organisations": []any{"bka", "ipsg"}}
	want := filtered(w.entries(), func(h handed) bool {
		return slices.Contains([]event.Kind{event.KindQuery, event.KindConsult, event.KindClaim, event.KindDeclare}, h.Kind) && has(organisationsOf, "bka", "ipsg")(h)
	})
	if len(want) < 60 {
		t.Fatalf("only %d entries to page through", len(want))
	}
	for _, order := range []string{"RECORDED", "RECORDED_DESC", "OCCURRED", "OCCURRED_DESC"} {
		for _, first := range []int{1 + len(want)/9, len(want), 500} {
			if got, _ := w.walk(t, filter, order, first, nil); !slices.Equal(got, inOrder(want, order)) {
				t.Errorf("%s in pages of %d: %v, want %v", order, first, got, inOrder(want, order))
			}
		}
	}
}

type organisation struct {
	ID      string   `json:"id"`
	Aliases []string `json:"aliases"`
}

func TestAsOf(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	filter := vars{"organisations": []any{"bka"}}
	check := func(name string, asOf vars, size uint64) {
		t.Helper()
		want := filtered(all[:size], has(organisationsOf, "bka"))
		got, n := w.walk(t, filter, "RECORDED", 500, asOf)
		if n != size || !slices.Equal(got, inOrder(want, "RECORDED")) {
			t.Errorf("%s: %d entries as of %d, want %d as of %d", name, len(got), n, len(want), size)
		}
	}
	for _, size := range []uint64{0, 1, 300, uint64(len(all)) / 2, uint64(len(all))} {
		check(fmt.Sprint(size), vars{"size": size}, size)
	}
	check("before the log", vars{"at": "2020-01-01T00:00:00Z"}, 0)
	check("after the log", vars{"at": "2030-01-01T00:00:00Z"}, uint64(len(all)))
	for n, h := range w.heads {
		if n+1 < len(w.heads) && n%4 == 0 {
			check("at a head", vars{"at": h.Recorded.Format(time.RFC3339Nano)}, h.Size)
			check("between heads", vars{"at": h.Recorded.Add(time.Millisecond).Format(time.RFC3339Nano)}, h.Size)
			var out struct {
				Checkpoint struct {
					Size uint64 `json:"size"`
					Root string `json:"root"`
					Note string `json:"note"`
				} `json:"checkpoint"`
			}
			w.get(t, `query($at: DateTime) { checkpoint(at: $at) { size root note } }`, vars{"at": h.Recorded.Format(time.RFC3339Nano)}, &out)
			if c := out.Checkpoint; c.Size != h.Size || c.Root != h.Root.String() || c.Note != string(h.Checkpoint) {
				t.Errorf("checkpoint at %s: %+v", h.Recorded, c)
			}
		}
	}
	for name, asOf := range map[string]vars{
		"beyond the log": {"size": len(all) + 1}, "both": {"size": 1, "at": "2026-06-01T09:00:00Z"},
	} {
		if a := w.ask(t, "auditor", pages, vars{"asOf": asOf}); a.code() != graph.CodeBadArgument {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	// The catalog has its history, too.
	var out struct {
		Then *organisation `json:"then"`
		Now  *organisation `json:"now"`
		List struct {
			TreeSize uint64 `json:"treeSize"`
			Nodes    []any  `json:"nodes"`
		} `json:"list"`
	}
	w.get(t, `{ then: organisation(id: "IPSG", asOf: {size: 1}) { id } now: organisation(id: "IPSG") { id } list: organisations(asOf: {at: "2020-01-01T00:00:00Z"}) { treeSize nodes { id } } }`, nil, &out)
	if out.Then != nil || out.Now == nil || out.Now.ID != "ipsg" || out.List.TreeSize != 0 || len(out.List.Nodes) != 0 {
		t.Errorf("%+v", out)
	}
}

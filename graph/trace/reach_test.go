package trace_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

func (w *world) reach(t testing.TB, q trace.ReachQuery) *trace.Reached {
	t.Helper()
	if q.By == 0 {
		q.By = event.End
	}
	r, err := w.Tracer().Reach(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func propositions(list []trace.Statement) (ids []string) {
	for _, s := range list {
		if id := s.Claim.Proposition.ID; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// path puts a way into words.
func way(r *trace.Reached) string {
	if r.Path == nil {
		return ""
	}
	s := r.Path.Start.Name()
	for _, e := range r.Path.Edges {
		s += fmt.Sprintf(" %s:%s %s>%s", strings.ToLower(string(e.Class)), strings.ToLower(string(e.Standing)), e.From.Name(), e.To.Name())
	}
	return s
}

// TestReachOnThePublicRecord: the verdicts that an oversight body gets.
func TestReachOnThePublicRecord(t *testing.T) {
	w := newWorld()
	w.Add("public-record", record.Events()...)
	for _, c := range []struct {
		name      string
		from      trace.Origin
		to        string
		verdict   trace.Verdict
		way       string
		held      []string
		forbidden []string
		denied    []string
	}{
		{"from Germany to Clearview AI", trace.Origin{Country: "DE"}, "Clearview AI", trace.ReachPossible,
			"icis claimed:claimed ipsg>clearview-database", []string{"german-photographs-in-icis"}, []string{"ipsg-consent-rule", "ipsg-private-exchange-limit"}, nil},
		{"from Germany to IFRS", trace.Origin{Country: "DE"}, "IFRS", trace.ReachDenied,
			"icis claimed:contested icis>ifrs", []string{"german-photographs-in-icis"}, nil, []string{"german-photographs-in-ifrs", "german-photographs-released-to-ifrs"}},
		{"from DTECH to FIRST", trace.Origin{Place: "DTECH"}, "FIRST", trace.ReachPossible, "dtech claimed:claimed dtech>first", nil, nil, nil},
		{"from Hansaplatz to Hikvision", trace.Origin{Place: "Hansaplatz"}, "Hikvision", trace.ReachDenied,
			"hamburg-hansaplatz claimed:denied hamburg-video>hikvision", nil, nil, []string{"hamburg-outflow", "hansaplatz-outflow-hikvision"}},
		{"from Germany to the Beijing platforms", trace.Origin{Country: "DE"}, "WeChat", trace.NoRecordedPath, "", nil, nil, nil},
	} {
		r := w.reach(t, trace.ReachQuery{From: c.from, To: c.to})
		if r.Verdict != c.verdict || way(r) != c.way || !r.Complete {
			t.Errorf("%s: %s by %q", c.name, r.Verdict, way(r))
			continue
		}
		var held []string
		if r.Path != nil {
			held = propositions(r.Path.Held)
		}
		if !slices.Equal(held, c.held) || !slices.Equal(propositions(r.ForbiddenBy), c.forbidden) || !slices.Equal(propositions(r.DeniedBy), c.denied) {
			t.Errorf("%s: held %q, forbidden by %q, denied by %q", c.name, held, propositions(r.ForbiddenBy), propositions(r.DeniedBy))
		}
		if (r.Verdict == trace.ReachDenied) != (len(r.Cut) > 0) {
			t.Errorf("%s: cut %+v", c.name, r.Cut)
		}
	}
	// Nobody asked the Hamburg police about DTECH; what was asked and not answered is told from what was not asked.
	for _, c := range []struct {
		from    trace.Origin
		to      string
		verdict trace.Verdict
	}{
		{trace.Origin{Place: "icis"}, "clearview-database", trace.ReachPossible}, // the searches that the press reports
		{trace.Origin{Place: "hamburg-hansaplatz"}, "hamburg-behaviour-ai", trace.ReachPossible},
		{trace.Origin{Place: "hamburg-hansaplatz"}, "dtech", trace.ReachDenied}, // by way of the internet
		{trace.Origin{Place: "web"}, "first", trace.ReachPossible},
	} {
		if r := w.reach(t, trace.ReachQuery{From: c.from, To: c.to}); r.Verdict != c.verdict {
			t.Errorf("from %s to %s: %s by %q", c.from.Place, c.to, r.Verdict, way(r))
		}
	}
	// Without conjectures nothing leads from DTECH to FIRST but a flow that the Government has no information on.
	r := w.reach(t, trace.ReachQuery{From: trace.Origin{Place: "dtech"}, To: "first", Through: []trace.Through{trace.ThroughClaims}})
	if r.Verdict != trace.ReachUnknown || way(r) != "dtech claimed:no_information dtech>first" || !slices.Equal(propositions(r.SilentOn), []string{"dtech-to-first"}) {
		t.Errorf("without conjectures: %s %s, silent on %q", r.Verdict, way(r), propositions(r.SilentOn))
	}
}

// A transfer that was put right went where the correction says, though its own entry does not name that place.
func TestReachWhereACorrectionLeads(t *testing.T) {
	w := newWorld()
	w.abc()
	w.say("src-a", enrolled("2025-01-01", "a", "p"))
	wrong := w.say("src-a", moved(event.KindDisclose, "2025-01-02", "a", "b", "X", "p"))
	right := moved(event.KindCorrect, "2025-01-02", "a", "c", "X", "p")
	right.Relates = []event.Reference{{Relation: event.RelationSupersedes, Entry: w.Entries[wrong].Entry}}
	w.say("src-a", right)
	for _, c := range []struct {
		to      string
		verdict trace.Verdict
	}{{"c", trace.ReachRecorded}, {"org-c", trace.ReachRecorded}, {"b", trace.NoRecordedPath}} {
		if r := w.reach(t, trace.ReachQuery{From: trace.Origin{Place: "a"}, To: c.to}); r.Verdict != c.verdict {
			t.Errorf("from a to %s: %s by %q, want %s", c.to, r.Verdict, way(r), c.verdict)
		}
	}
}

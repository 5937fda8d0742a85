package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

type health struct {
	ID           string `json:"id"`
	Organisation *struct {
		ID string `json:"id"`
	} `json:"organisation"`
	Declared  bool    `json:"declared"`
	Exercise  bool    `json:"exercise"`
	Ended     bool    `json:"ended"`
	Heartbeat *int    `json:"heartbeatSeconds"`
	Entries   int     `json:"entries"`
	LastEntry *uint64 `json:"lastEntry"`
	LastSign  *string `json:"lastSign"`
	Batches   int     `json:"batches"`
	LastBatch *struct {
		Sequence  int    `json:"sequence"`
		Statement string `json:"statement"`
	} `json:"lastBatch"`
	Forks int `json:"forks"`
	Gaps  []struct {
		Seconds int `json:"seconds"`
	} `json:"gaps"`
	Silent     *int        `json:"silentSeconds"`
	Overdue    bool        `json:"overdue"`
	Operations int         `json:"operations"`
	Just       shareOf     `json:"withoutJustification"`
	Case       shareOf     `json:"withoutCase"`
	Actor      shareOf     `json:"withoutActor"`
	Refused    *refusedOne `json:"refused"`
	TreeSize   uint64      `json:"treeSize"`
}

type shareOf struct {
	Count int      `json:"count"`
	Share *float64 `json:"share"`
}

type refusedOne struct {
	Events int     `json:"events"`
	Newest *string `json:"newest"`
}

const healthQuery = `query($asOf: AsOf) { sources(asOf: $asOf) { id organisation { id } declared ended exercise heartbeatSeconds entries lastEntry lastSign batches
  lastBatch { sequence statement } forks gaps { seconds } silentSeconds overdue operations
  withoutJustification { count share } withoutCase { count share } withoutActor { count share } refused { events newest } treeSize } }`

func (w *world) sources(t *testing.T, asOf vars) map[string]health {
	t.Helper()
	var out struct {
		Sources []health `json:"sources"`
	}
	w.get(t, healthQuery, vars{"asOf": asOf}, &out)
	all := map[string]health{}
	for _, s := range out.Sources {
		all[s.ID] = s
	}
	return all
}

// The health of each source is that of what it handed in, now and before.
func TestSources(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	for _, size := range []int{len(all), len(all) / 2} {
		type tallied struct{ entries, operations, just, cases, actors int }
		want := map[string]*tallied{}
		last := map[string]uint64{}
		for _, h := range all[:size] {
			n := want[h.source]
			if n == nil {
				n = &tallied{}
				want[h.source] = n
			}
			n.entries++
			last[h.source] = h.Index
			if h.Kind.Operation() == "" {
				continue
			}
			n.operations++
			for field, to := range map[string]*int{"justification": &n.just, "case": &n.cases, "actor": &n.actors} {
				if missing(field)(h) {
					*to++
				}
			}
		}
		got := w.sources(t, vars{"size": size})
		for id, n := range want {
			s := got[id]
			if (tallied{s.Entries, s.Operations, s.Just.Count, s.Case.Count, s.Actor.Count}) != *n || s.LastEntry == nil || *s.LastEntry != last[id] || s.TreeSize != uint64(size) {
				t.Errorf("%s as of %d: %+v, want %+v", id, size, s, n)
			}
			if n.operations > 0 && (s.Just.Share == nil || *s.Just.Share != float64(n.just)/float64(n.operations)) {
				t.Errorf("%s: share %v", id, s.Just.Share)
			}
		}
		if s, ok := got[signer]; ok != (size == len(all)) || ok && (s.Batches != 1 || s.LastBatch.Sequence != 1 || s.Organisation.ID != "bka" || !s.Declared || s.Entries != 3) {
			t.Errorf("as of %d: the signer is %+v", size, s)
		}
		for id, s := range got {
			if s.Exercise != (strings.HasPrefix(id, "exercise") && id != signer) {
				t.Errorf("%s as of %d: exercise %v", id, size, s.Exercise)
			}
		}
		if got[graph.LogID].Declared {
			t.Error("nobody declared the log")
		}
	}
	if a := w.ask(t, "reporter", healthQuery, nil); a.code() != graph.CodeForbidden {
		t.Errorf("%s", a.body)
	}
}

type refusals map[string]graph.Refused

func (r refusals) Refused() (map[string]graph.Refused, error) { return r, nil }

// Silence longer than the heartbeat shows while it lasts and afterwards. The clock goes a second at every look.
func TestSilence(t *testing.T) {
	w := smallWorld(t)
	kept := dawn.Add(time.Hour)
	w.graph.CountRefusals(refusals{"quick": {Events: 2, Newest: kept}})
	declare := func(id, heartbeat string) *event.Event {
		return &event.Event{ID: "source/" + id, Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: id, Name: event.Text{EN: id},
			Source: &event.SourceDeclaration{Organisation: "bka", Heartbeat: heartbeat, Introduces: true}}}
	}
	w.hand(t, graph.LogID, &event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{EN: "BKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}},
		declare("quick", "4s"), declare("patient", "1h"), declare("mute", "1s"))
	erase := func(id string) *event.Event {
		return &event.Event{ID: id, Kind: event.KindErase, From: event.Place{Organisation: "bka"}, Collection: "x", Occurred: event.At(dawn)}
	}
	w.hand(t, "quick", erase("1"))
	w.hand(t, "patient", erase("1"))
	for range 10 {
		w.graph.Now()
	}
	w.hand(t, "patient", erase("2"))
	w.hand(t, "quick", erase("2"))
	size := w.graph.Checkpoint().Size
	got := w.sources(t, vars{"size": size})
	if q := got["quick"]; len(q.Gaps) != 1 || q.Gaps[0].Seconds < 10 || q.Overdue || *q.Heartbeat != 4 || *q.Silent != 0 || q.Refused == nil || q.Refused.Events != 2 || *q.Refused.Newest != kept.Format(time.RFC3339) {
		t.Errorf("quick: %+v", q)
	}
	if p := got["patient"]; len(p.Gaps) != 0 || p.Overdue || p.Refused == nil || p.Refused.Events != 0 || p.Refused.Newest != nil {
		t.Errorf("patient: %+v", p)
	}
	if m := got["mute"]; m.Entries != 0 || m.LastSign != nil || m.Silent != nil || m.LastEntry != nil || m.LastBatch != nil || m.Just.Share != nil {
		t.Errorf("mute: %+v", m)
	}
	for range 10 {
		w.graph.Now()
	}
	if q := w.sources(t, nil)["quick"]; !q.Overdue || *q.Silent < 10 {
		t.Errorf("quick, later: %+v", q)
	}
}

// A source asks what became of its own events, and of no other's.
func TestReceipt(t *testing.T) {
	w := smallWorld(t)
	w.hand(t, graph.LogID,
		&event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "police", Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}},
		&event.Event{ID: "s", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: exercise.Source, Source: &event.SourceDeclaration{Organisation: "police"}}})
	w.hand(t, exercise.Source, &event.Event{ID: "own", Kind: event.KindConsult, Requester: "police", From: event.Place{Organisation: "police"},
		Actor: &event.Actor{ID: "officer"}, Images: []event.Image{{Digest: "sha256:" + strings.Repeat("a", 64)}}})
	h := w.in[2]
	const q = `query($source: ID!, $id: String!) { receipt(source: $source, id: $id) { source sourceId entry index leafHash recorded } }`
	for _, who := range []string{"reporter", "source", "auditor"} {
		a := w.ask(t, who, q, vars{"source": exercise.Source, "id": h.Event.ID})
		if !strings.Contains(string(a.Data), h.Entry.String()) || !strings.Contains(string(a.Data), h.LeafHash.String()) {
			t.Errorf("%s: %s", who, a.body)
		}
		if a := w.ask(t, who, q, vars{"source": exercise.Source, "id": "never handed in"}); string(a.Data) != `{"receipt":null}` {
			t.Errorf("%s, of nothing: %s", who, a.body)
		}
	}
	if a := w.ask(t, "reporter", q, vars{"source": graph.LogID, "id": w.in[0].Event.ID}); a.code() != graph.CodeForbidden {
		t.Errorf("another source's: %s", a.body)
	}
}

package schema_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
)

// TestPlantedIrregularities: of the 20,000 events of the demonstration, what is planted of transfers is found through
// filters and on the way of its image, and nothing else is.
func TestPlantedIrregularities(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "data"))
	t.Cleanup(w.close)
	truth := w.load(t, 20_000)
	for _, c := range []struct {
		name   string
		kind   exercise.Irregular
		filter vars
	}{
		{"transfers without receipt", exercise.TransferWithoutReceipt, vars{"unmatched": true, "kinds": []any{"DISCLOSE"}}},
		{"receipts without transfer", exercise.ReceiptWithoutTransfer, vars{"unmatched": true, "kinds": []any{"RECEIVE"}}},
		{"transfers beyond consent", exercise.TransferBeyondConsent, vars{"decided": []any{"RESTRICTED"}}},
		{"passed on to companies", exercise.OnwardToVendor, vars{"onward": false, "classes": []any{"VENDOR", "PRIVATE"}, "bulk": false}},
	} {
		var want, got []string
		for _, x := range truth.Irregularities {
			if x.Kind == c.kind {
				want = append(want, x.Events[0])
			}
		}
		c.filter["exercise"] = true
		var out struct {
			Events struct {
				Complete bool `json:"complete"`
				Nodes    []struct {
					SourceID struct {
						Value string `json:"value"`
					} `json:"sourceId"`
					Standing    string `json:"standing"`
					Counterpart *struct {
						Matched    bool    `json:"matched"`
						Overdue    bool    `json:"overdue"`
						AgeAtLeast *uint64 `json:"ageAtLeast"`
					} `json:"counterpart"`
					Images []struct {
						Pseudonym string `json:"pseudonym"`
					} `json:"images"`
				} `json:"nodes"`
			} `json:"events"`
		}
		w.get(t, `query($f: EventFilter) { events(filter: $f, first: 500) { complete nodes { sourceId { value } standing
			counterpart { matched overdue ageAtLeast } images { pseudonym } } } }`, vars{"f": c.filter}, &out)
		for _, e := range out.Events.Nodes {
			got = append(got, e.SourceID.Value)
			if c.filter["unmatched"] == true && (e.Counterpart == nil || e.Counterpart.Matched || !e.Counterpart.Overdue || e.Standing != "RECORDED" ||
				e.Counterpart.AgeAtLeast == nil || *e.Counterpart.AgeAtLeast < 3600) {
				t.Errorf("%s: %+v", c.name, e)
			}
			if c.kind == exercise.TransferBeyondConsent || c.kind == exercise.OnwardToVendor {
				w.onTheWay(t, e.SourceID.Value, e.Images[0].Pseudonym, c.kind == exercise.TransferBeyondConsent)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if len(want) == 0 || !slices.Equal(got, want) || !out.Events.Complete {
			t.Errorf("%s: found %q, planted %q", c.name, got, want)
		}
	}
}

// onTheWay checks that an entry is a hop on the way of its image, and that it was beyond consent.
func (w *world) onTheWay(t *testing.T, id, image string, beyond bool) {
	t.Helper()
	var entry struct {
		Events entryList `json:"events"`
	}
	w.get(t, `query($f: EventFilter) { events(filter: $f) { nodes { id } } }`, vars{"f": vars{"entries": []any{vars{"identifier": id}}}}, &entry)
	var out struct {
		Lineage struct {
			Hops []struct {
				Entry   string `json:"entry"`
				Consent struct {
					State string `json:"state"`
					Entry string `json:"entry"`
				} `json:"consent"`
			} `json:"hops"`
		} `json:"lineage"`
	}
	w.get(t, `query($i: ID!) { lineage(image: {pseudonym: $i}, direction: DOWN, depth: 16, edges: [CAPTURE, TRANSFER, DERIVATION]) {
		hops { entry consent { state entry } } } }`, vars{"i": image}, &out)
	for _, h := range out.Lineage.Hops {
		if h.Entry == entry.Events.Nodes[0].ID {
			if beyond && (h.Consent.State != "RESTRICTED" || h.Consent.Entry == "") {
				t.Errorf("%s: consent %+v", id, h.Consent)
			}
			return
		}
	}
	t.Errorf("%s is not on the way of its image: %s", id, fmt.Sprint(out.Lineage))
}

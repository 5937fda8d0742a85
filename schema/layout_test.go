package schema_test

import (
	"reflect"
	"testing"
	"time"
)

type layoutMark struct {
	Left float64 `json:"left"`
	Came float64 `json:"came"`
	From *int    `json:"from"`
	To   *int    `json:"to"`
}

type drawn struct {
	Hops []struct {
		Depth int     `json:"depth"`
		Entry *string `json:"entry"`
		To    *struct {
			Organisation *struct {
				ID string `json:"id"`
			} `json:"organisation"`
		} `json:"to"`
	} `json:"hops"`
	Cutoffs []struct {
		Reason string  `json:"reason"`
		Image  *string `json:"image"`
		At     *struct {
			System *struct {
				ID string `json:"id"`
			} `json:"system"`
		} `json:"at"`
	} `json:"cutoffs"`
	Layout struct {
		Width  int        `json:"width"`
		Height int        `json:"height"`
		First  *time.Time `json:"first"`
		Last   *time.Time `json:"last"`
		Bands  []struct {
			Organisation *struct {
				ID string `json:"id"`
			} `json:"organisation"`
			Lanes []struct {
				Y int `json:"y"`
			} `json:"lanes"`
		} `json:"bands"`
		Marks  []layoutMark `json:"marks"`
		Groups []struct {
			Hops []int `json:"hops"`
		} `json:"groups"`
	} `json:"layout"`
}

// Each image that was handed on is drawn hop by hop, once in one question and once step by step: what was there stays, and
// each mark stands in a lane of the organisation that it leads to.
func TestLayoutStaysWhenALineageGrows(t *testing.T) {
	w := theWorld(t)
	var listed struct {
		Events struct {
			Nodes []struct {
				Images []struct {
					Pseudonym *string `json:"pseudonym"`
				} `json:"images"`
			} `json:"nodes"`
		} `json:"events"`
	}
	w.get(t, `{ events(filter: {kinds: [DISCLOSE]}, first: 40) { nodes { images { pseudonym } } } }`, nil, &listed)
	follow := func(image string, depth int, onward []any) *drawn {
		var out struct {
			Lineage drawn `json:"lineage"`
		}
		w.get(t, `query($i: ID!, $n: Int, $o: [Onward]) { lineage(image: {pseudonym: $i}, direction: DOWN, depth: $n, onward: $o) {
			hops { depth entry to { organisation { id } } } cutoffs { reason image at { system { id } } }
			two: layout { bands { organisation { id } lanes { at { system { id } } } } marks { left } } layout { width height first last bands { organisation { id } lanes { y } } marks { left came from to } groups { hops } } } }`, vars{"i": image, "n": depth, "o": onward}, &out)
		return &out.Lineage
	}
	grew := 0
	for _, n := range listed.Events.Nodes {
		if len(n.Images) == 0 || n.Images[0].Pseudonym == nil {
			continue
		}
		image := *n.Images[0].Pseudonym
		before := follow(image, 1, nil)
		var onward []any
		for _, c := range before.Cutoffs {
			if c.Reason == "DEPTH" && c.Image != nil && c.At != nil && c.At.System != nil {
				onward = []any{vars{"image": *c.Image, "place": c.At.System.ID}, nil}
			}
		}
		for _, now := range []*drawn{follow(image, 2, nil), follow(image, 1, onward), follow(image, 1, []any{nil})} {
			k := len(before.Hops)
			if len(now.Layout.Marks) != len(now.Hops) || !reflect.DeepEqual(now.Hops[:k], before.Hops) || !reflect.DeepEqual(now.Layout.Marks[:k], before.Layout.Marks) ||
				!reflect.DeepEqual(now.Layout.First, before.Layout.First) || !reflect.DeepEqual(now.Layout.Last, before.Layout.Last) {
				t.Fatalf("%s: %+v became %+v", image, before, now)
			}
			if len(now.Hops) > k {
				grew++
			}
			lane := map[int]string{}
			for _, b := range now.Layout.Bands {
				for _, l := range b.Lanes {
					if b.Organisation != nil {
						lane[l.Y] = b.Organisation.ID
					}
				}
			}
			for i, h := range now.Hops {
				if m := now.Layout.Marks[i]; h.To != nil && h.To.Organisation != nil && (m.To == nil || lane[*m.To] != h.To.Organisation.ID) {
					t.Errorf("%s: hop %d to %s is at %+v of %v", image, i, h.To.Organisation.ID, m, lane)
				}
			}
		}
	}
	if grew < 10 {
		t.Errorf("only %d grew", grew)
	}
	for name, v := range map[string]vars{
		"a place without a name": {"o": []any{vars{"image": "AAAAAAAAAAAAAAAAAAAAAA", "place": ""}}},
		"no pseudonym":           {"o": []any{vars{"image": "x", "place": "a"}}},
		"too many steps":         {"o": make([]any, 65)},
	} {
		v["i"] = *listed.Events.Nodes[0].Images[0].Pseudonym
		a := w.ask(t, "auditor", `query($i: ID!, $o: [Onward]) { lineage(image: {pseudonym: $i}, direction: DOWN, onward: $o) { copies } }`, v)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_ARGUMENT" {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

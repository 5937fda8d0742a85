package graph

import "testing"

func TestReached(t *testing.T) {
	for name, c := range map[string]struct {
		page Page
		want uint64
	}{
		"all of it":       {Page{TreeSize: 10}, 10},
		"more follow":     {Page{TreeSize: 10, More: true, Entries: []*Entry{{Index: 2}, {Index: 5}}}, 6},
		"too much opened": {Page{TreeSize: 10, cut: cut{short: true, last: 7}, Entries: []*Entry{{Index: 2}}}, 8},
		"none of many":    {Page{TreeSize: 10, cut: cut{short: true, last: 7}}, 8},
	} {
		if got := c.page.Reached(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

package index

import (
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Entries of the access ledger are found by what they say of the reading, and are in the scope of the reader's
// organisations and, as owners, of those whose images were opened.
func TestAccessesAreFound(t *testing.T) {
	image := func(sealer string, n byte) event.Denotation {
		return event.Denotation{Sealer: sealer, Pseudonym: event.Pseudonym{n}}
	}
	read := func(n byte, reader byte, a event.Access) *event.Skeleton {
		return &event.Skeleton{Sealer: "log", Source: "log", Entry: event.Pseudonym{9, n}, Event: event.Event{Kind: event.KindConsult,
			Purpose: "integrity", Actor: &event.Actor{Pseudonym: event.Pseudonym{8, reader}}, Access: &a}}
	}
	sks := []*event.Skeleton{
		read(1, 1, event.Access{Role: "oversight", Way: event.WayQuestion, Operation: "Trail", Document: "sha256:aa",
			Opened: []event.Opened{{Subject: event.SubjectImage, Sealer: "log", Pseudonyms: []event.Pseudonym{{1}, {2}}}}, Owners: []string{"de-bka"}}),
		read(2, 2, event.Access{Role: "dpo", Organisations: []string{"de-bka", "de-lka"}, Way: event.WayQuestion, Operation: "QUESTION"}),
		read(3, 2, event.Access{Role: "dpo", Organisations: []string{"de-lka"}, Way: event.WayBundle,
			Opened: []event.Opened{{Subject: event.SubjectCase, Sealer: "bka", Pseudonyms: []event.Pseudonym{{1}}}}}),
	}
	h := New()
	if err := h.Apply(0, sks, []int64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    Filter
		want []uint64
	}{
		"role":               {Filter{Roles: []string{"dpo"}}, []uint64{1, 2}},
		"way":                {Filter{Operations: []string{"QUESTION"}}, []uint64{0, 1}},
		"name":               {Filter{Operations: []string{"Trail"}}, []uint64{0}},
		"document":           {Filter{Operations: []string{"sha256:aa"}}, []uint64{0}},
		"reader":             {Filter{Actors: []event.Denotation{{Sealer: "log", Pseudonym: event.Pseudonym{8, 2}}}}, []uint64{1, 2}},
		"organisation":       {Filter{Organisations: []string{"de-lka"}}, []uint64{1, 2}},
		"purpose":            {Filter{Purposes: []string{"integrity"}, Roles: []string{"oversight"}}, []uint64{0}},
		"image":              {Filter{Images: []event.Denotation{image("log", 2)}}, []uint64{0}},
		"image elsewhere":    {Filter{Images: []event.Denotation{image("bka", 2)}}, nil},
		"case":               {Filter{Cases: []event.Denotation{image("bka", 1)}}, []uint64{2}},
		"owner":              {Filter{Owners: []string{"de-bka"}}, []uint64{0}},
		"members":            {Filter{Scope: &Scope{Organisations: []string{"de-bka"}}}, []uint64{1}},
		"members and images": {Filter{Scope: &Scope{Organisations: []string{"de-bka"}, Owners: []string{"de-bka"}}}, []uint64{0, 1}},
		"nobody's":           {Filter{Scope: &Scope{}}, nil},
	} {
		if have := slices.Collect(h.Select(c.f, Recorded, h.Size(), 0)); !slices.Equal(have, c.want) {
			t.Errorf("%s: %v, want %v", name, have, c.want)
		}
	}
}

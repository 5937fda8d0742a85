package vault

import (
	"slices"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

func TestTwins(t *testing.T) {
	t.Parallel()
	v, dir, key := made(t)
	own := []event.Pseudonym{v.Entry("bka", "1"), v.Entry("bka", "2"), v.Entry("interpol", "1")}
	none := make([]event.Pseudonym, len(own))
	if got, err := v.Twins(own); err != nil || !slices.Equal(got, none) {
		t.Errorf("in a new vault: %v, %v", got, err)
	}
	if err := v.RecordTwins(nil); err != nil {
		t.Error(err)
	}
	a, b := event.Pseudonym{1}, event.Pseudonym{2}
	if err := v.RecordTwins([]Twin{{own[0], a}, {own[1], a}}); err != nil {
		t.Fatal(err)
	}
	if err := v.RecordTwins([]Twin{{own[1], b}}); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	if got, err := v.Twins(own); err != nil || !slices.Equal(got, []event.Pseudonym{a, b, {}}) {
		t.Errorf("after opening again: %v, %v", got, err)
	}
	if v.HasForeign() {
		t.Error("twins are taken for pseudonyms that were met")
	}
}

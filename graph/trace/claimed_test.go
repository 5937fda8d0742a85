package trace_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// What is claimed of a population stands beside what is recorded of one image of it, with what it says of this one: that
// some are in a whole says neither that this one is, nor of a part; that none is there says it of each image and part.
func TestClaimedHoldings(t *testing.T) {
	w := newWorld()
	w.organisation("bka", "DE", "")
	w.organisation("pn", "FR", "")
	w.organisation("ipsg", "", "")
	for _, s := range [][2]string{{"inpol", "bka"}, {"taj", "pn"}, {"icis", "ipsg"}, {"other", "ipsg"}} {
		w.system(s[0], s[1], "")
	}
	w.system("ifrs", "ipsg", "icis")
	w.source("src", "bka")
	holding := func(id, at, population string, s event.Stance) {
		w.say("press", claimOf(event.PropositionHolding, id, at, "", population, s))
	}
	enrol := func(name, origin, to, collection string) {
		e := enrolled("2025-01-01", to, name)
		e.Origin, e.Collection = origin, collection
		w.say("src", e)
	}
	enrol("german", "bka", "inpol", "")
	enrol("french", "pn", "taj", "")
	enrol("of no origin", "", "other", "")
	enrol("listed", "pn", "taj", "list")
	holding("some-in-the-whole", "icis", "DE", event.StanceAsserted)
	holding("none-in-the-part", "ifrs", "DE", event.StanceDenied)
	holding("images", "other", "", event.StanceAsserted)
	holding("no-images", "taj", "", event.StanceDenied)
	holding("of-the-list", "other", "list", event.StanceConjectured)
	asked := claimOf(event.PropositionHolding, "asked", "other", "", "FR", event.StanceNoInformation)
	asked.Claim.Addressee = true
	w.say("press", asked)
	late := enrolled("2025-02-01", "ifrs", "german") // recorded, whatever is denied
	w.say("src", late)

	claimed := func(name string) (list []string) {
		t.Helper()
		x, err := w.Tracer().Exposure(context.Background(), []event.Denotation{Image(pic(name))}, trace.Budget{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range x.Claimed {
			list = append(list, fmt.Sprintf("%s of %q: %s, %s by %v, denied %v", c.Place.System, c.Population, c.Bearing, c.Standing, propositions(c.Said), propositions(c.Denied)))
		}
		for _, h := range x.Holdings {
			if h.Standing != trace.Recorded {
				list = append(list, fmt.Sprintf("held in %s: %s, denied %v", h.Place.System, h.Standing, propositions(h.Denied)))
			}
		}
		return list
	}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"german", []string{
			`icis of "DE": MAY_BE_AMONG, CLAIMED by [some-in-the-whole], denied []`,
			`ifrs of "DE": SAID_ABSENT, DENIED by [], denied [none-in-the-part]`,
			`taj of "": SAID_ABSENT, DENIED by [], denied [no-images]`,
			"held in ifrs: CONTESTED, denied [none-in-the-part]"}},
		{"french", []string{
			`taj of "": SAID_ABSENT, DENIED by [], denied [no-images]`,
			`other of "FR": NO_INFORMATION, NO_INFORMATION by [asked], denied []`,
			"held in taj: CONTESTED, denied [no-images]"}},
		{"of no origin", []string{
			`icis of "DE": ORIGIN_UNKNOWN, CLAIMED by [some-in-the-whole], denied []`,
			`ifrs of "DE": ORIGIN_UNKNOWN, DENIED by [], denied [none-in-the-part]`,
			`taj of "": SAID_ABSENT, DENIED by [], denied [no-images]`,
			`other of "FR": ORIGIN_UNKNOWN, NO_INFORMATION by [asked], denied []`}},
		{"listed", []string{
			`taj of "": SAID_ABSENT, DENIED by [], denied [no-images]`,
			`other of "list": MAY_BE_AMONG, CLAIMED by [of-the-list], denied []`,
			`other of "FR": NO_INFORMATION, NO_INFORMATION by [asked], denied []`,
			"held in taj: CONTESTED, denied [no-images]"}},
	} {
		if got := claimed(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}

	// A denial of the whole is one of its part.
	holding("none-in-the-whole", "icis", "DE", event.StanceDenied)
	holding("some-in-the-part", "ifrs", "DE", event.StanceAsserted)
	if got, want := claimed("german"), `ifrs of "DE": DISPUTED, CONTESTED by [some-in-the-part], denied [none-in-the-part none-in-the-whole]`; !slices.Contains(got, want) {
		t.Errorf("%q does not have %s", got, want)
	}
}

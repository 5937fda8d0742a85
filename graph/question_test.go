package graph

import (
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// said is one statement on the proposition of the question under test.
func said(claimant, question string, s event.Stance, change ...func(*statement)) *statement {
	e := &statement{claim: &event.Claim{Claimant: claimant, Question: question, Stance: s}}
	for _, c := range change {
		c(e)
	}
	return e
}

func TestRule(t *testing.T) {
	per := func(e *statement) { e.claim.Reporter = "questioners" }
	reading := func(e *statement) { e.claim.Reading = true }
	on := func(day string) func(*statement) {
		return func(e *statement) { e.said, _ = event.ParseTime(day) }
	}
	note := func(e *statement) { e.note = true }
	exercise := func(e *statement) { e.exercise = true }

	for _, c := range []struct {
		name      string
		claims    []*statement
		status    event.Stance
		contested bool
	}{
		{"nobody said anything", nil, NotInRecord, false},
		{"only somebody else spoke", []*statement{said("press", "", event.StanceAsserted)}, NotInRecord, false},
		{"two others contradict each other", []*statement{
			said("press", "", event.StanceAsserted), said("maker", "", event.StanceDenied)}, NotInRecord, true},
		{"the body spoke without being asked", []*statement{said("body", "", event.StanceAsserted)}, event.StanceAsserted, false},
		{"the answer outranks an earlier statement", []*statement{
			said("body", "", event.StanceAsserted, on("2018")), said("body", "Q", event.StanceNoInformation, on("2020"))}, event.StanceNoInformation, false},
		{"and a later one that is no answer", []*statement{
			said("body", "Q", event.StanceNoInformation, on("2020")), said("body", "other", event.StanceAsserted, on("2021"))}, event.StanceNoInformation, false},
		{"a later answer outranks an earlier answer", []*statement{
			said("body", "Q", event.StanceAsserted, on("2023")), said("body", "Q", event.StanceNoInformation, on("2020"))}, event.StanceAsserted, false},
		{"a dated answer outranks an undated one", []*statement{
			said("body", "Q", event.StancePending), said("body", "Q", event.StanceDenied, on("2020"))}, event.StanceDenied, false},
		{"what another reports of the body is not its answer", []*statement{
			said("body", "Q", event.StanceAsserted, per), said("body", "", event.StanceDenied)}, event.StanceDenied, true},
		{"and yields to its answer", []*statement{
			said("body", "", event.StanceAsserted, per, on("2024")), said("body", "Q", event.StanceNotAddressed, on("2020"))}, event.StanceNotAddressed, false},
		{"a reference yields to what says something", []*statement{
			said("body", "Q", event.StanceReferred), said("body", "Q", event.StanceNoInformation)}, event.StanceNoInformation, false},
		{"a reference alone is the answer", []*statement{said("body", "Q", event.StanceReferred)}, event.StanceReferred, false},
		{"a reading yields to the wording", []*statement{
			said("body", "Q", event.StanceDenied, reading), said("body", "Q", event.StanceAsserted)}, event.StanceAsserted, true},
		{"contested by another", []*statement{
			said("body", "Q", event.StanceDenied), said("site", "", event.StanceAsserted)}, event.StanceDenied, true},
		{"a conjecture contests nothing", []*statement{
			said("body", "Q", event.StanceDenied), said("press", "", event.StanceConjectured)}, event.StanceDenied, false},
		{"no information contests nothing", []*statement{
			said("body", "Q", event.StanceNoInformation), said("press", "", event.StanceAsserted)}, event.StanceNoInformation, false},
		{"a note on a claim decides nothing", []*statement{
			said("body", "Q", event.StanceAsserted), said("body", "Q", event.StanceNoInformation, note)}, event.StanceAsserted, false},
		{"and contests all the same", []*statement{
			said("body", "Q", event.StanceAsserted), said("other", "", event.StanceDenied, note)}, event.StanceAsserted, true},
		{"an exercise neither decides nor contests", []*statement{
			said("body", "Q", event.StanceAsserted), said("body", "Q", event.StanceDenied, exercise, on("2025"))}, event.StanceAsserted, false},
		{"nor is it an answer where there is no other", []*statement{said("body", "Q", event.StanceDenied, exercise)}, NotInRecord, false},
		{"of what was said at the same time the last recorded decides", []*statement{
			said("body", "Q", event.StanceAsserted, on("2020")), said("body", "Q", event.StancePending, on("2020"))}, event.StancePending, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rule([]string{"body"}, "Q", c.claims)
			if r.status != c.status || contested(c.claims) != c.contested {
				t.Errorf("got %s, contested %v; want %s, %v", r.status, contested(c.claims), c.status, c.contested)
			}
			if (len(r.deciding) == 0) != (c.status == NotInRecord) || (r.how == Unsaid) != (c.status == NotInRecord) {
				t.Errorf("decided by %v, %s", r.deciding, r.how)
			}
		})
	}
}

// What is alike in everything decides together.
func TestRuleKeepsAllThatDecide(t *testing.T) {
	of := []*statement{said("body", "Q", event.StanceAsserted), said("body", "", event.StanceAsserted), said("body", "Q", event.StanceAsserted)}
	if r := rule([]string{"body"}, "Q", of); len(r.deciding) != 2 || r.deciding[0] != of[0] || r.deciding[1] != of[2] || r.how != Answered {
		t.Errorf("decided by %d statements, %s", len(r.deciding), r.how)
	}
	if r := rule(nil, "", of[1:2]); r.status != event.StanceAsserted || r.how != Stated {
		t.Errorf("asked of everybody it is %s, %s", r.status, r.how)
	}
}

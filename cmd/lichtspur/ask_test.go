package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// here runs the program in this process and wants it to succeed.
func here(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	env := environment{in: bytes.NewReader(in), out: &out, err: &errs, now: time.Now, random: rand.Reader, lookup: func(string) (string, bool) { return "", false }}
	if code := run(context.Background(), args, env); code != exitOK {
		t.Fatalf("%v ends with %d: %s", args, code, &errs)
	}
	return out.Bytes()
}

// comparedValue is what a claim states, whoever's it is.
type comparedValue struct {
	Proposition string
	Claimant    string
	Quantity    *event.Quantity
	Value       string
}

// comparedPart is what is compared of one part of an answer.
type comparedPart struct {
	Part, Proposition, Status string
	Contested                 bool
	ReferredTo                []string
	Values                    []comparedValue
	Sum, Extent               int64
	Beside                    []string // proposition, claimant, stance, earlier; in order
}

// `lichtspur record`, ingested, and `lichtspur ask -o json` give what the record must answer, line by line. Exercise data
// beside it changes nothing.
func TestAskGivesTheListedAnswers(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	here(t, nil, "init", "--data", data, "--origin", "log.example/ask")
	here(t, here(t, nil, "record"), "ingest", "--data", data, "--source", "log", "-")
	here(t, here(t, nil, "simulate", "--declarations"), "ingest", "--data", data, "--source", "log", "-")
	here(t, here(t, nil, "simulate", "--events", "300", "--seed", "7"), "ingest", "--data", data, "--source", "exercise", "-")
	var got []question
	if err := json.Unmarshal(here(t, nil, "ask", "-o", "json", "--data", data, "--purpose", "parliamentary"), &got); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../fixtures/record/testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		ID    string `json:"id"`
		Parts []struct {
			Part        string   `json:"part"`
			Proposition string   `json:"proposition"`
			Status      string   `json:"status"`
			Contested   bool     `json:"contested"`
			ReferredTo  []string `json:"referredTo"`
			Values      []struct {
				Claim string `json:"claim"`
			} `json:"values"`
			Sum    *event.Quantity `json:"sum"`
			Extent *event.Quantity `json:"extent"`
			Beside []struct {
				Claim   string `json:"claim"`
				Earlier bool   `json:"earlier"`
			} `json:"beside"`
		} `json:"parts"`
		Reach *struct {
			Verdict     string   `json:"verdict"`
			ForbiddenBy []string `json:"forbiddenBy"`
		} `json:"reach"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(got) != 46 || len(want) != 46 {
		t.Fatalf("%d answers, %d listed; there are 46", len(got), len(want))
	}
	claims := map[string]*event.Claim{}
	for _, e := range record.Events() {
		if e.Claim != nil {
			claims[e.ID] = e.Claim
		}
	}
	beside := func(proposition, claimant, stance string, earlier bool) string {
		return fmt.Sprint(proposition, " ", claimant, " ", stance, " ", earlier)
	}
	for i, w := range want {
		q := got[i]
		if q.ID != w.ID || q.Text.in("en") == "" || q.Text.in("de") == q.Text.in("en") {
			t.Fatalf("line %d is %s %q, want %s", i+1, q.ID, q.Text.in("en"), w.ID)
		}
		var said, listed []comparedPart
		for _, p := range q.Answer.Parts {
			x := comparedPart{Part: p.Part.in("en"), Proposition: p.Proposition, Status: p.Status, Contested: p.Contested}
			for _, r := range p.Referrals {
				x.ReferredTo = append(x.ReferredTo, r.To)
			}
			for _, c := range slices.Concat(p.Claims, p.Details) {
				if c.Quantity != nil || c.Value != nil {
					v := comparedValue{Proposition: c.Proposition.ID, Claimant: c.Claimant.ID}
					if c.Quantity != nil {
						v.Quantity = &event.Quantity{Amount: c.Quantity.Amount, Bound: event.Bound(c.Quantity.Bound), Exclusive: c.Quantity.Exclusive, Unit: c.Quantity.Unit}
					}
					if c.Value != nil {
						v.Value = *c.Value
					}
					x.Values = append(x.Values, v)
				}
			}
			exact := func(sums []total) (n int64) {
				for _, s := range sums {
					if n = s.AtLeast; !s.Exact {
						n = -1
					}
				}
				return n
			}
			x.Sum, x.Extent = exact(p.Sum), exact(p.Extent)
			for _, r := range p.Beside {
				x.Beside = append(x.Beside, beside(r.Claim.Proposition.ID, r.Claim.Claimant.ID, r.Claim.Stance, r.Earlier))
			}
			slices.Sort(x.Beside)
			said = append(said, x)
		}
		for _, p := range w.Parts {
			x := comparedPart{Part: p.Part, Proposition: p.Proposition, Status: p.Status, Contested: p.Contested, ReferredTo: p.ReferredTo}
			for _, v := range p.Values {
				c := claims[v.Claim]
				x.Values = append(x.Values, comparedValue{c.Proposition.ID, c.Claimant, c.Quantity, c.Value})
			}
			if p.Sum != nil {
				x.Sum = p.Sum.Amount
			}
			if p.Extent != nil {
				x.Extent = p.Extent.Amount
			}
			for _, b := range p.Beside {
				c := claims[b.Claim]
				x.Beside = append(x.Beside, beside(c.Proposition.ID, c.Claimant, string(c.Stance), b.Earlier))
			}
			slices.Sort(x.Beside)
			listed = append(listed, x)
		}
		if !reflect.DeepEqual(said, listed) {
			t.Errorf("%s is answered\n%+v\nwant\n%+v", q.ID, said, listed)
		}
		if (q.Answer.Reach == nil) != (w.Reach == nil) {
			t.Errorf("%s: a verdict is there or is not", q.ID)
		} else if r := q.Answer.Reach; r != nil {
			var rules []string
			for _, c := range r.ForbiddenBy {
				rules = append(rules, c.Proposition.ID)
			}
			if r.Verdict != w.Reach.Verdict || !slices.Equal(rules, w.Reach.ForbiddenBy) {
				t.Errorf("%s: %s, forbidden by %v; want %+v", q.ID, r.Verdict, rules, *w.Reach)
			}
		}
	}
	// One question alone has the answer that it has among all.
	var one []question
	if err := json.Unmarshal(here(t, nil, "ask", "bt-1b", "HH-2", "-o", "json", "--data", data, "--purpose", "parliamentary"), &one); err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"BT-1b", "HH-2"} {
		at := slices.IndexFunc(got, func(q question) bool { return q.ID == id })
		if one[i].ID != id || !reflect.DeepEqual(one[i].Answer.Parts, got[at].Answer.Parts) {
			t.Errorf("%s has another answer when asked alone", id)
		}
	}
}

func TestAnswersInWords(t *testing.T) {
	most := int64(12)
	for want, got := range map[string]string{
		"more than 2,000 agencies":          (&stated{2000, "AT_LEAST", true, "AGENCY"}).phrase("en"),
		"at least 5 searches":               (&stated{5, "AT_LEAST", false, "SEARCH"}).phrase("en"),
		"at most 1 image":                   (&stated{1, "AT_MOST", false, "IMAGE"}).phrase("en"),
		"fewer than 1,000 records":          (&stated{1000, "AT_MOST", true, "RECORD"}).phrase("en"),
		"about 170,000,000 cameras":         (&stated{170_000_000, "ABOUT", false, "CAMERA"}).phrase("en"),
		"at least 7, at most 12 images":     (&total{Unit: "IMAGE", AtLeast: 7, AtMost: &most}).phrase("en"),
		"at least 7 images":                 (&total{Unit: "IMAGE", AtLeast: 7}).phrase("en"),
		"-1,234":                            grouped(-1234),
		"mehr als 2.000 Behörden":           (&stated{2000, "AT_LEAST", true, "AGENCY"}).phrase("de"),
		"mindestens 7, höchstens 12 Bilder": (&total{Unit: "IMAGE", AtLeast: 7, AtMost: &most}).phrase("de"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if questionsOf(nil, nil)[0].OperationName != "Questionnaire" || !strings.Contains(questionsOf([]string{"rg-5"}, nil)[0].Query, `"RG-5"`) {
		t.Error("the saved operations are not what is asked")
	}
}

// Every word of an answer that is one of a vocabulary has a German wording.
func TestAnswersInGerman(t *testing.T) {
	var words []string
	for _, s := range event.Stances() {
		words = append(words, string(s))
	}
	for _, w := range how {
		words = append(words, w)
	}
	for _, q := range record.Questions() {
		if q.Text.DE == "" {
			t.Errorf("%s has no German wording", q.ID)
		}
	}
	for _, w := range append(words, "NOT_IN_RECORD", string(trace.ReachRecorded), string(trace.ReachPossible), string(trace.ReachDenied), string(trace.ReachUnknown), string(trace.NoRecordedPath)) {
		if in("de", w) == w {
			t.Errorf("%q has no German wording", w)
		}
	}
}

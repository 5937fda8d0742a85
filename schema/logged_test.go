package schema_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/schema"
)

// cursor is sealed with other bytes each time.
var cursor = regexp.MustCompile(`"endCursor":"[^"]*"`)

// The standing questions are saved operations that the server answers, by their text and by their hash, and there is
// something to answer to each.
func TestStandingQuestions(t *testing.T) {
	w := theWorld(t)
	var all struct {
		StandingQuestions []struct {
			ID   string `json:"id"`
			Text struct {
				EN string `json:"en"`
				DE string `json:"de"`
			} `json:"text"`
			Operation string `json:"operation"`
		} `json:"standingQuestions"`
	}
	w.get(t, "{ standingQuestions { id text { en de } operation } }", nil, &all)
	var moved struct {
		Events struct {
			Nodes []struct {
				Images []struct {
					Pseudonym string `json:"pseudonym"`
				} `json:"images"`
			} `json:"nodes"`
		} `json:"events"`
	}
	w.get(t, `{ events(filter: {kinds: [DISCLOSE], bulk: false}, first: 1) { nodes { images { pseudonym } } } }`, nil, &moved)
	image := vars{"pseudonym": moved.Events.Nodes[0].Images[0].Pseudonym}
	given := map[string]vars{"L-1": {"systems": []any{"icis"}}, "L-2": {"image": image}, "L-3": {"image": image}, "L-4": {"by": "COUNTRY"},
		"L-5": {"from": vars{"country": "DE"}, "to": "Clearview AI"}, "L-6": nil, "L-7": nil, "L-8": {"date": "2026-06-01T08:00:30Z"},
		"L-9": {"digests": []any{"sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962"}}, "L-10": nil}
	if len(all.StandingQuestions) != len(given) {
		t.Fatalf("%d standing questions", len(all.StandingQuestions))
	}
	known := record.LoggedQuestions()
	for i, q := range all.StandingQuestions {
		if q.Text.EN == "" || q.Text.DE == "" {
			t.Errorf("%s has no wording in both languages", q.ID)
		}
		if missing := known[i].Missing(given[q.ID]); len(missing) > 0 {
			t.Errorf("%s misses %v", q.ID, missing)
		}
		if missing := known[i].Missing(nil); len(missing) != len(known[i].Needs) {
			t.Errorf("%s without variables misses %v", q.ID, missing)
		}
		body, err := json.Marshal(schema.Request{DocumentID: "sha256:" + sha(q.Operation), Variables: given[q.ID]})
		if err != nil {
			t.Fatal(err)
		}
		byHash, byText := w.send(t, "auditor", w.post(t, string(body))), w.ask(t, "auditor", q.Operation, given[q.ID])
		if byHash.status != http.StatusOK || len(byHash.Errors) > 0 || byText.code() != "" {
			t.Errorf("%s: %s\n%s", q.ID, byHash.body, byText.body)
			continue
		}
		if cursor.ReplaceAllString(string(byHash.Data), "") != cursor.ReplaceAllString(string(byText.Data), "") && q.ID != "L-10" && q.ID != "L-7" { // which know of this question, and of now
			t.Errorf("%s has another answer by its hash", q.ID)
		}
		var data map[string]map[string]any
		if q.ID == "L-7" || json.Unmarshal(byText.Data, &data) != nil {
			continue // a list of sources stands beside
		}
		for field, answer := range data {
			for _, list := range []string{"nodes", "rows", "hops", "holdings", "kinds"} {
				if all, ok := answer[list].([]any); ok && len(all) == 0 && field != "beyondConsent" && field != "noBasis" {
					t.Errorf("%s: %s answers nothing", q.ID, field)
				}
			}
		}
	}
}

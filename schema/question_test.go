package schema_test

import (
	"net/http"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/schema"
)

type askedQuestion struct {
	ID        string `json:"id"`
	Operation string `json:"operation"`
	Answer    *struct {
		Status *string          `json:"status"`
		AsOf   uint64           `json:"asOf"`
		Parts  []map[string]any `json:"parts"`
	} `json:"answer"`
}

// Every line is a saved operation that the server answers, by its text and by its hash.
func TestSavedOperations(t *testing.T) {
	w := theWorld(t)
	var all, together struct {
		Questions []askedQuestion `json:"questions"`
	}
	w.get(t, "{ questions { id operation } }", nil, &all)
	if len(all.Questions) != 46 {
		t.Fatalf("%d questions", len(all.Questions))
	}
	_, text := record.Questionnaire()
	w.get(t, text, nil, &together)
	size := w.graph.Checkpoint().Size
	for i, q := range all.Questions {
		var one, byHash struct {
			Question askedQuestion `json:"question"`
		}
		w.get(t, q.Operation, nil, &one)
		a := w.send(t, "auditor", w.post(t, `{"documentId":"sha256:`+sha(q.Operation)+`"}`))
		if a.status != http.StatusOK || len(a.Errors) > 0 {
			t.Fatalf("%s by its hash: %d %s", q.ID, a.status, a.body)
		}
		if err := json.Unmarshal(a.Data, &byHash); err != nil {
			t.Fatal(err)
		}
		got := one.Question
		if got.ID != q.ID || got.Answer == nil || got.Answer.AsOf != size || len(got.Answer.Parts) == 0 {
			t.Errorf("%s is answered %+v", q.ID, got)
			continue
		}
		for name, other := range map[string]askedQuestion{"by its hash": byHash.Question, "with all others": together.Questions[i]} {
			if !reflect.DeepEqual(other.Answer, got.Answer) {
				t.Errorf("%s: asked %s it has another answer", q.ID, name)
			}
		}
		for _, p := range got.Answer.Parts {
			for _, c := range p["claims"].([]any) {
				if c.(map[string]any)["stance"] != p["status"] {
					t.Errorf("%s: %s rests on %v", q.ID, p["status"], c)
				}
			}
		}
	}
	var before, none struct {
		Question *askedQuestion `json:"question"`
	}
	w.get(t, all.Questions[0].Operation, vars{"asOf": vars{"size": 1}}, &before)
	if a := before.Question.Answer; a.AsOf != 1 || a.Status == nil || *a.Status != "NOT_IN_RECORD" {
		t.Errorf("as of the first entry: %+v", a)
	}
	w.get(t, `{ question(id: "BT-99") { id } }`, nil, &none)
	if none.Question != nil {
		t.Error("there is no such question")
	}
	// A server that answers documents it knows alone knows these.
	trusted, err := schema.ReadTrusted(filepath.Dir(writeFile(t, filepath.Join(t.TempDir(), "one.graphql"), "{ __typename }")))
	if err != nil {
		t.Fatal(err)
	}
	strict := w.serving(t, schema.Options{Trusted: trusted, TrustedOnly: true})
	strict.get(t, text, nil, &together)
	if a := strict.ask(t, "auditor", "{ questions { id } }", nil); a.code() != "UNTRUSTED_DOCUMENT" {
		t.Errorf("another document is answered: %s", a.body)
	}
	if a := w.ask(t, "reporter", all.Questions[0].Operation, nil); a.code() != "FORBIDDEN" {
		t.Errorf("a reporter is answered: %s", a.body)
	}
}

// Bounds of what a claim states are never closer than it says.
func TestAnswerValues(t *testing.T) {
	w := theWorld(t)
	var out struct {
		RG, PK struct {
			Answer struct {
				Parts []struct {
					Values []struct {
						AtLeast  *int64 `json:"atLeast"`
						AtMost   *int64 `json:"atMost"`
						Quantity struct {
							Amount int64 `json:"amount"`
						} `json:"quantity"`
					} `json:"values"`
				} `json:"parts"`
			} `json:"answer"`
		}
		HH struct {
			Answer struct {
				Parts []struct {
					Sum []struct {
						AtLeast int64  `json:"atLeast"`
						AtMost  *int64 `json:"atMost"`
						Exact   bool   `json:"exact"`
						Unit    string `json:"unit"`
						Entries int    `json:"entries"`
					} `json:"sum"`
				} `json:"parts"`
			} `json:"answer"`
		}
	}
	w.get(t, `fragment Stated on Question { answer { parts { values { atLeast atMost quantity { amount } } } } }
	  { RG: question(id: "RG-1") { ...Stated } PK: question(id: "PK-3") { ...Stated }
	    HH: question(id: "HH-1") { answer { parts { sum { atLeast atMost exact unit entries } } } } }`, nil, &out)
	if len(out.RG.Answer.Parts[0].Values) != 0 {
		t.Error("what the press says is a value of Ring's answer")
	}
	about, planned := out.PK.Answer.Parts[0].Values[0], out.PK.Answer.Parts[1].Values[0]
	if about.Quantity.Amount != 170_000_000 || about.AtLeast != nil || about.AtMost != nil {
		t.Errorf("about 170 million is bounded: %+v", about)
	}
	if planned.AtLeast == nil || planned.AtMost == nil || *planned.AtLeast != 400_000_000 || *planned.AtMost != 400_000_000 {
		t.Errorf("400 million is %+v", planned)
	}
	sum := out.HH.Answer.Parts[0].Sum
	if len(sum) != 1 || sum[0].Unit != "CAMERA" || !sum[0].Exact || sum[0].AtLeast != 69 || sum[0].AtMost == nil || *sum[0].AtMost != 69 || sum[0].Entries != 6 {
		t.Errorf("six rows add up to %+v", sum)
	}
}

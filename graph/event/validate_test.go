package event_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/event/eventtest"
)

const hex = "0a0b0c0d0a0b0c0d0a0b0c0d0a0b0c0d0a0b0c0d0a0b0c0d0a0b0c0d0a0b0c0d"

// Each fault has a code, the place and what to do. The events are valid but for the faults named.
func TestValidate(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string // code and path
	}{
		{"valid", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"collection":"album"}`, nil},
		{"no kind", `{"id":"1"}`, []string{"UNKNOWN_KIND /kind"}},
		{"unknown kind", `{"id":"1","kind":"query"}`, []string{"UNKNOWN_KIND /kind"}},
		{"kinds of the log", `{"id":"1","kind":"ADMIT"}`, []string{"KIND_RESERVED /kind"}},
		{"statement of the log", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"collection":"a","admit":{"recorded":"2024-05-01T00:00:00Z","source":"x","attested":"LOG"}}`, []string{"LOG_ONLY /admit"}},
		{"everything at once", `{"kind":"QUERY","requester":"B K A","collection":"x","actor":{"role":"Chief Officer"},"images":[{"digest":"abc"}],"from":{"country":"XX","class":"POLICE"},"review":{"decision":"x"}}`,
			[]string{"REQUIRED /id", "REQUIRED /databases", "FORBIDDEN /review", "BAD_SLUG /requester", "BAD_SLUG /actor/role", "BAD_IMAGE_ROLE /images/0/role", "BAD_DIGEST /images/0/digest", "BAD_COUNTRY /from/country", "NOT_IN_VOCABULARY /from/class"}},
		{"required but withheld", `{"id":"1","kind":"DISCLOSE","from":{"organisation":"bka"},"collection":"a","withheld":["/to"]}`, nil},
		{"required and in part withheld", `{"id":"1","kind":"DISCLOSE","from":{"organisation":"bka"},"collection":"a","withheld":["/to/system"]}`, nil},
		{"withheld and there", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"collection":"a","unit":"SO 4","withheld":["/unit","/to"]}`, []string{"WITHHELD_BUT_PRESENT /withheld/0", "WITHHELD_BUT_PRESENT /withheld/1"}},
		{"withheld twice", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"collection":"a","withheld":["/unit","/unit"]}`, []string{"REPEATED /withheld/1"}},
		{"withheld nonsense", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"collection":"a","withheld":["unit","","/","/id","/nothing","/images/99999999999999999999/digest","/v"]}`,
			[]string{"UNKNOWN_FIELD /withheld/0", "UNKNOWN_FIELD /withheld/1", "UNKNOWN_FIELD /withheld/2", "UNKNOWN_FIELD /withheld/3", "UNKNOWN_FIELD /withheld/4", "UNKNOWN_FIELD /withheld/6"}},
		{"image without digest", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{"mediaType":"image/jpeg"}]}`, []string{"REQUIRED /images/0/digest"}},
		{"image with its digest withheld", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{"mediaType":"image/jpeg"}],"withheld":["/images/0/digest"]}`, nil},
		{"a column withheld", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{},{}],"withheld":["/images/*/digest"]}`, nil},
		{"a column withheld in part", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{},{"digest":"sha256:` + hex + `"}],"withheld":["/images/*/digest"]}`, []string{"WITHHELD_BUT_PRESENT /withheld/0"}},
		{"pseudonyms", `{"id":"1","kind":"CONSULT","from":{"system":"inpol"},"actor":{"id":"u","pseudonym":"AAAAAAAAAAAAAAAAAAAAAQ"},"persons":[{"id":"p","pseudonym":"AAAAAAAAAAAAAAAAAAAAAQ"}],
			"records":[{"reference":"r","pseudonym":"AAAAAAAAAAAAAAAAAAAAAQ"}],"case":{"reference":"c","pseudonym":"AAAAAAAAAAAAAAAAAAAAAQ"},"images":[{"digest":"sha256:` + hex + `","pseudonym":"AAAAAAAAAAAAAAAAAAAAAQ"}]}`,
			[]string{"PSEUDONYM_GIVEN /actor/pseudonym", "PSEUDONYM_GIVEN /images/0/pseudonym", "PSEUDONYM_GIVEN /persons/0/pseudonym", "PSEUDONYM_GIVEN /records/0/pseudonym", "PSEUDONYM_GIVEN /case/pseudonym"}},
		{"digests", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{"digest":"` + hex + `"},{"digest":"sha256:` + strings.ToUpper(hex) + `"},{"digest":"md5:` + hex + `"},{"digest":"sha256:0a"}]}`,
			[]string{"BAD_DIGEST /images/0/digest", "BAD_DIGEST /images/1/digest", "BAD_DIGEST /images/2/digest", "BAD_DIGEST /images/3/digest"}},
		{"media type and score", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"images":[{"digest":"sha256:` + hex + `","mediaType":"JPEG","score":10001}]}`, []string{"BAD_MEDIA_TYPE /images/0/mediaType", "OUT_OF_RANGE /images/0/score"}},
		{"roles", `{"id":"1","kind":"DERIVE","from":{"system":"inpol"},"images":[{"role":"PARENT","digest":"sha256:` + hex + `"},{"role":"TWIN","digest":"sha256:` + hex + `"}]}`, []string{"NOT_IN_VOCABULARY /images/1/role", "BAD_IMAGE_ROLE /images"}},
		{"empty parts", `{"id":"1","kind":"DISCLOSE","from":{"system":"a"},"to":{"system":"b"},"collection":"c","actor":{},"case":{},"persons":[{}],"records":[{}],"authorisation":{},"transfer":{},"consent":{},"retention":{}}`,
			[]string{"EMPTY /actor", "EMPTY /case", "EMPTY /persons/0", "REQUIRED /records/0/reference", "EMPTY /authorisation", "EMPTY /transfer", "EMPTY /consent", "EMPTY /retention"}},
		{"search", `{"id":"1","kind":"QUERY","requester":"bka","mode":"STORE_PROBE","input":"VOICE","databases":[{"system":"ifrs"},{"system":"ifrs"},{"system":""}],"result":{"state":"NO_HIT","candidates":2}}`,
			[]string{"REQUIRED /to", "NOT_IN_VOCABULARY /input", "REPEATED /databases/1/system", "REQUIRED /databases/2/system", "CONFLICT /result/candidates"}},
		{"result", `{"id":"1","kind":"MATCH","relates":[{"relation":"BELONGS_TO","id":"0"}],"result":{"state":"MAYBE","candidates":-1}}`, []string{"NOT_IN_VOCABULARY /result/state", "OUT_OF_RANGE /result/candidates"}},
		{"quantity", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"quantity":{"amount":-1,"bound":"ABOUT","exclusive":true,"unit":"images"}}`, []string{"OUT_OF_RANGE /quantity/amount", "CONFLICT /quantity/exclusive", "BAD_TOKEN /quantity/unit"}},
		{"number that JSON readers round", `{"id":"1","kind":"ENROL","to":{"system":"inpol"},"quantity":{"amount":9007199254740992,"bound":"EXACT","unit":"IMAGE"}}`, []string{"OUT_OF_RANGE /quantity/amount"}},
		{"transfer", `{"id":"1","kind":"DISCLOSE","from":{"system":"a"},"to":{"system":"b"},"collection":"c","transfer":{"reference":"about Mr. X","conditions":["no onward transfer","x","x"],"onwardApproval":"!"}}`,
			[]string{"BAD_TOKEN /transfer/reference", "BAD_SLUG /transfer/conditions/0", "REPEATED /transfer/conditions/2", "BAD_SLUG /transfer/onwardApproval"}},
		{"references", `{"id":"1","kind":"MATCH","result":{"state":"HIT"},"relates":[{"relation":"LIKE","id":"0"},{"relation":"ABOUT"},{"relation":"ABOUT","id":"1"},{"relation":"ABOUT","id":"2","entry":"AAAAAAAAAAAAAAAAAAAAAQ"}]}`,
			[]string{"NOT_IN_VOCABULARY /relates/0/relation", "REQUIRED /relates/1/id", "CONFLICT /relates/2/id", "CONFLICT /relates/3/entry"}},
		{"correction of nothing", `{"id":"1","kind":"CORRECT","relates":[{"relation":"ANSWERS","id":"0"}]}`, []string{"REQUIRED /relates"}},
		{"reply before the question", `{"id":"1","kind":"QUERY","requester":"bka","databases":[{"system":"ifrs"}],"occurred":"2024-05-02","replied":"2024-05-01"}`, []string{"CONFLICT /replied"}},
		{"visibility", `{"id":"1","kind":"DECLARE","declaration":{"type":"COLLECTION","id":"c"},"visibility":{"public":true,"organisations":["a"]}}`, []string{"CONFLICT /visibility"}},
		{"visible to nobody", `{"id":"1","kind":"DECLARE","declaration":{"type":"COLLECTION","id":"c"},"visibility":{}}`, []string{"EMPTY /visibility"}},
		{"control characters", `{"id":"a\nb","kind":"ENROL","to":{"system":"inpol"},"collection":"a","unit":"a\u0000","justification":"fine\nwith lines","text":{"en":"a\u0085","de":"b\u001b"},"basis":["", "x", "x"]}`,
			[]string{"BAD_LINE /id", "BAD_LINE /unit", "BAD_TEXT /text/en", "BAD_TEXT /text/de", "BAD_LINE /basis/0", "REPEATED /basis/2"}},
		{"too long", `{"id":"` + strings.Repeat("x", 1001) + `","kind":"ENROL","to":{"system":"` + strings.Repeat("x", 65) + `"},"collection":"a","justification":"` + strings.Repeat("x", 33<<10) + `"}`,
			[]string{"BAD_LINE /id", "BAD_SLUG /to/system", "BAD_TEXT /justification"}},
		{"claim", `{"id":"1","kind":"CLAIM","citation":{"source":"bt-19-18172"},"claim":{"proposition":{"id":"a b","type":"FLOW"},"claimant":"","stance":"REFERRED","modality":"","sourceClass":"BLOG","question":"which?"}}`,
			[]string{"BAD_TOKEN /claim/proposition/id", "REQUIRED /claim/proposition/from", "REQUIRED /claim/claimant", "REQUIRED /claim/modality", "NOT_IN_VOCABULARY /claim/sourceClass", "BAD_TOKEN /claim/question", "REQUIRED /claim/referredTo"}},
		{"claim about nothing", `{"id":"1","kind":"CLAIM","citation":{"source":"bt-19-18172"},"claim":{"proposition":{"id":"a","type":"HOLDING"},"claimant":"x","stance":"ASSERTED","modality":"FACT","sourceClass":"PRESS"}}`,
			[]string{"REQUIRED /claim/proposition/subject"}},
		{"claim without a source", `{"id":"1","kind":"CLAIM","claim":{"proposition":{"id":"a","type":"STATE","subject":"icis"},"claimant":"x","stance":"ASSERTED","modality":"FACT","sourceClass":"PRESS"}}`, []string{"REQUIRED /citation"}},
		{"declaration without its part", `{"id":"1","kind":"DECLARE","declaration":{"type":"SYSTEM","id":"s"}}`, []string{"BAD_DECLARATION /declaration/system"}},
		{"declaration with another part", `{"id":"1","kind":"DECLARE","declaration":{"type":"ORGANISATION","id":"o","organisation":{"class":"COURT","partOf":"o"},"system":{"operator":"o"}}}`,
			[]string{"BAD_DECLARATION /declaration/system", "CONFLICT /declaration/organisation/partOf"}},
		{"declared system", `{"id":"1","kind":"DECLARE","declaration":{"type":"SYSTEM","id":"S","system":{"operator":"","hours":"6-20","pairingWindow":"three days"}}}`,
			[]string{"BAD_SLUG /declaration/id", "REQUIRED /declaration/system/operator", "BAD_DURATION /declaration/system/hours", "BAD_DURATION /declaration/system/pairingWindow"}},
		{"declared key", `{"id":"1","kind":"DECLARE","declaration":{"type":"KEY","id":"sha256:` + hex + `","key":{"source":"bka","use":"SIGN","pem":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}}}`,
			[]string{"BAD_DECLARATION /declaration/key/pem"}},
		{"declared rule", `{"id":"1","kind":"DECLARE","declaration":{"type":"RETENTION_RULE","id":"r","rule":{"minimum":"6 months","maximum":"P3Y"}}}`, []string{"BAD_DURATION /declaration/rule/minimum"}},
		{"a purpose is a name", `{"id":"1","kind":"DECLARE","declaration":{"type":"PURPOSE","id":"identification"}}`, nil},
		{"agreement with nobody", `{"id":"1","kind":"DECLARE","declaration":{"type":"AGREEMENT","id":"a","agreement":{"parties":[]}}}`, []string{"REQUIRED /declaration/agreement/parties"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := event.Parse([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range e.Validate() {
				got = append(got, f.Code+" "+f.Path)
				if f.Problem == "" || f.Remedy == "" {
					t.Errorf("%+v says too little", f)
				}
			}
			for _, w := range test.want {
				if !slices.Contains(got, w) {
					t.Errorf("%s is not reported", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(test.want, g) {
					t.Errorf("%s is reported", g)
				}
			}
		})
	}
}

// A fault does not repeat a value that may be personal.
func TestFaultsHoldNoPersonalValues(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"SECRET\n","kind":"QUERY","requester":"SECRET","unit":"SECRET\n","actor":{"id":"SECRET\n","role":"SECRET"},"case":{"reference":"SECRET\n"},
		"images":[{"digest":"SECRET"}],"justification":"SECRET\u0000","databases":[{"system":"SECRET"}],"withheld":["/SECRET"],"relates":[{"relation":"ABOUT","id":"SECRET\n"}],"text":{"en":"SECRET\u0000"}}`))
	if err != nil {
		t.Fatal(err)
	}
	faults := e.Validate()
	if len(faults) < 9 {
		t.Errorf("%d faults", len(faults))
	}
	if strings.Contains(faults.Error(), "SECRET") {
		t.Error(faults)
	}
}

// What the generator makes of each kind is valid, and in every run all fields that the kind may have occur.
func TestRandomEventsAreValid(t *testing.T) {
	r := seeded(21)
	for _, k := range event.Kinds() {
		if k.Reserved() {
			continue
		}
		missing := map[string]bool{}
		rule := k.Rule()
		for _, name := range slices.Concat(rule.Required, rule.Optional) {
			missing[name] = true
		}
		for range 200 {
			e := eventtest.OfKind(r, k)
			if f := e.Validate(); len(f) > 0 {
				t.Fatalf("%v\n%s", f, canonical(t, e))
			}
			walk(t, canonical(t, e), func(pointer string, _ any) {
				delete(missing, strings.Split(pointer, "/")[1])
			})
		}
		if len(missing) > 0 {
			t.Errorf("%s never has %v", k, missing)
		}
	}
}

// The log's own kinds are valid when the log writes them.
func TestValidateOwn(t *testing.T) {
	a, b := event.Denotation{Sealer: "log", Pseudonym: event.Pseudonym{1}}, event.Denotation{Sealer: "bka", Pseudonym: event.Pseudonym{2}}
	link := &event.Event{ID: "link/1", Kind: event.KindLink, Link: &event.Link{Subject: event.SubjectImage, A: a, B: b, Method: "digest"}}
	if f := link.ValidateOwn(); len(f) > 0 {
		t.Error(f)
	}
	if f := link.Validate(); len(f) != 1 || f[0].Code != event.FaultKindReserved {
		t.Error(f)
	}
	link.Link.B = a
	if f := link.ValidateOwn(); len(f) != 1 || f[0].Code != event.FaultConflict {
		t.Error(f)
	}
	if f := (&event.Event{ID: "admit/bka/1", Kind: event.KindAdmit}).ValidateOwn(); len(f) > 0 {
		t.Error(f)
	}
	if f := reading().ValidateOwn(); len(f) > 0 {
		t.Error(f)
	}
	if f := reading().Validate(); len(f) == 0 || !slices.ContainsFunc(f, func(f event.Fault) bool { return f.Code == event.FaultLogOnly && f.Path == "/access" }) {
		t.Errorf("a source says how the log was read: %v", f)
	}
	bad := reading()
	bad.Access = &event.Access{Role: "DPO", Way: "WALK", Stage: "ACT", Operation: "Max Mustermann", Document: "sha256:0", Bytes: -1, Rows: 1 << 53,
		Organisations: []string{"a", "a"}, Opened: []event.Opened{{Subject: "CAT"}, {Subject: event.SubjectImage, Sealer: "log", Pseudonyms: make([]event.Pseudonym, 1)}}}
	if f := bad.ValidateOwn(); len(f) != 12 {
		t.Errorf("%d faults: %v", len(f), f)
	}
	redact := &event.Event{ID: "redact/1", Kind: event.KindRedact, Redaction: &event.Redaction{Subject: event.SubjectPerson}}
	if f := redact.ValidateOwn(); len(f) != 4 {
		t.Error(f)
	}
}

func TestValidSlug(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "0": true, "bka": true, "bt-19-18172": true, "a.b-c": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, "a-": false, ".": false, "A": false, "a b": false, "ä": false, "a/b": false, strings.Repeat("a", 65): false,
	} {
		if event.ValidSlug(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

package event

import (
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// topFields are the fields of Event by their JSON names, by reflection.
func topFields() []string {
	var list []string
	t := reflect.TypeFor[Event]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		list = append(list, name)
	}
	return list
}

func TestEachFieldHasItsBit(t *testing.T) {
	names := slices.Sorted(slices.Values(topFields()))
	if have := slices.Sorted(slices.Values(fieldNames[:])); !slices.Equal(have, names) {
		t.Fatalf("names %v, fields %v", have, names)
	}
	if n := bits.Len64(uint64(fAccess)); n != len(fieldNames) {
		t.Fatalf("%d bits, %d names", n, len(fieldNames))
	}
	r := rand.New(rand.NewPCG(3, 3))
	for i := range reflect.TypeFor[Event]().NumField() {
		var e Event
		scatter(r, reflect.ValueOf(&e).Elem().Field(i), true)
		if have := e.present().names(); !slices.Equal(have, topFields()[i:i+1]) {
			t.Errorf("an event with %s alone has %v", topFields()[i], have)
		}
	}
}

// A field that the rule of its kind does not know is FORBIDDEN or LOG_ONLY, one that it knows never is; what it needs
// is REQUIRED.
func TestRulesAreKept(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, k := range Kinds() {
		rule := k.Rule()
		known := slices.Concat(rule.Required, rule.Optional)
		for i, name := range topFields() {
			if name == "kind" || name == "access" && k == KindConsult { // which is an entry of the access ledger
				continue
			}
			e := Event{}
			scatter(r, reflect.ValueOf(&e).Elem().Field(i), true)
			e.Kind = k
			faults := e.ValidateOwn()
			refused := slices.ContainsFunc(faults, func(f Fault) bool {
				return (f.Code == FaultForbidden || f.Code == FaultLogOnly) && f.Path == "/"+name
			})
			if refused == slices.Contains(known, name) && name != "admit" {
				t.Errorf("%s with %s: refused %v", k, name, refused)
			}
			for _, other := range rule.Required {
				missing := slices.ContainsFunc(faults, func(f Fault) bool {
					return f.Code == FaultRequired && f.Path == "/"+other && strings.HasSuffix(f.Problem, "needs this field")
				})
				if want := other != name && other != "kind" && other != "admit"; missing != want {
					t.Errorf("%s with %s alone: %s is missing: %v", k, name, other, missing)
				}
			}
			for _, group := range rule.OneOf {
				missing := slices.ContainsFunc(faults, func(f Fault) bool {
					return f.Code == FaultRequired && f.Path == "/"+group[0] && strings.Contains(f.Problem, "at least one of")
				})
				if want := !slices.Contains(group, name); missing != want {
					t.Errorf("%s with %s alone: one of %v is missing: %v", k, name, group, missing)
				}
			}
		}
	}
}

// The vocabularies have no member twice and none that is empty.
func TestVocabularies(t *testing.T) {
	check := func(name string, list []string) {
		for i, v := range list {
			if v == "" || slices.Contains(list[:i], v) {
				t.Errorf("%s: %q", name, v)
			}
		}
	}
	check("kinds", strs(Kinds()))
	check("operations", strs(Operations()))
	check("image roles", strs(ImageRoles()))
	check("input types", strs(InputTypes()))
	check("modes", strs(Modes()))
	check("result states", strs(ResultStates()))
	check("recipient classes", strs(RecipientClasses()))
	check("authorisation states", strs(AuthorisationStates()))
	check("relations", strs(Relations()))
	check("bounds", strs(Bounds()))
	check("stances", strs(Stances()))
	check("modalities", strs(Modalities()))
	check("source classes", strs(SourceClasses()))
	check("proposition types", strs(PropositionTypes()))
	check("declaration types", strs(DeclarationTypes()))
	check("subject kinds", strs(SubjectKinds()))
	check("key uses", strs(KeyUses()))
	check("admit outcomes", strs(AdmitOutcomes()))
	check("attestations", strs(Attestations()))
	check("ways of access", strs(AccessWays()))
	check("stages of access", strs(AccessStages()))
	check("countries", Countries())
	if len(Countries()) != 250 || !slices.IsSorted(Countries()) {
		t.Errorf("%d countries", len(Countries()))
	}
}

func strs[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// The operations are those of LED Art. 25(1): every operation has a kind, and kinds that process nothing have none.
func TestOperations(t *testing.T) {
	want := map[Operation][]Kind{
		OpCollection:   {KindCapture, KindEnrol},
		OpAlteration:   {KindDerive},
		OpConsultation: {KindQuery, KindConsult},
		OpDisclosure:   {KindDisclose, KindReceive},
		OpCombination:  {KindCompare, KindMatch, KindTrain},
		OpErasure:      {KindErase},
		"":             {KindRelease, KindRestrict, KindAdmit, KindLink, KindRedact, KindClaim, KindDeclare, KindCorrect, KindReview, KindHold},
	}
	have := map[Operation][]Kind{}
	for _, k := range Kinds() {
		have[k.Operation()] = append(have[k.Operation()], k)
	}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("%v", have)
	}
}

package event

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// FieldClass says where a field's value stands.
type FieldClass string

// The classes of fields.
const (
	FieldPublic       FieldClass = "PUBLIC"       // in the leaf, in the clear
	FieldPseudonymous FieldClass = "PSEUDONYMOUS" // in the leaf, standing for a subject that only the vault can name
	FieldSealed       FieldClass = "SEALED"       // in the leaf only as a salted digest
)

// Audience says who may see a field's value. Any viewer sees only what is in scope, and only for a purpose.
type Audience string

// The audiences.
const (
	SeenInScope    Audience = "SCOPE"      // viewers in whose scope the entry is
	SeenVisibility Audience = "VISIBILITY" // as the entry's visibility says: everybody, or the organisations named
	SeenPersonal   Audience = "PERSONAL"   // of those in scope, the ones who may see personal values; never the general public
	SeenCatalog    Audience = "CATALOG"    // everybody who may read at all: without it no answer can be read
)

// Effect says what the redaction of a subject does to a field's value.
type Effect string

// The effects.
const (
	RedactionNone    Effect = "STAYS"   // nothing: it says nothing of a person
	RedactionAnonym  Effect = "ORPHANS" // the pseudonym stays, and what it stood for can no longer be found out
	RedactionSubject Effect = "CLOSES"  // closed when its subject is redacted
	RedactionAny     Effect = "ANY"     // closed when any party of the event is redacted
	RedactionEntry   Effect = "ENTRY"   // closed when the entry is redacted
	RedactionWording Effect = "WORDING" // sealed text is as ANY; the wording of a claim or declaration is public and stays
)

// Field is one row of the field table.
type Field struct {
	Pointer   string // JSON pointer into the event or leaf; "*" stands for any place in a list
	Class     FieldClass
	Seen      Audience
	Redaction Effect
}

// Rows of one class.
func public(seen Audience, pointers string) []Field {
	return rows(FieldPublic, seen, RedactionNone, pointers)
}

func sealed(effect Effect, pointers string) []Field {
	return rows(FieldSealed, SeenPersonal, effect, pointers)
}

func rows(class FieldClass, seen Audience, effect Effect, pointers string) []Field {
	var list []Field
	for _, p := range strings.Fields(pointers) {
		list = append(list, Field{p, class, seen, effect})
	}
	return list
}

// Fields is the field table: every JSON field of a native event and of a leaf that holds a value. The package
// documentation shows it in full; a test holds the two and the types to each other.
var Fields = concat(
	sealed(RedactionEntry, "/id"),
	public(SeenInScope, "/kind /exercise /occurred /replied /requester"),
	sealed(RedactionAny, "/unit"),

	sealed(RedactionSubject, "/actor/id /actor/name"),
	public(SeenInScope, "/actor/role /actor/automated"),
	pseudonyms("/actor/pseudonym"),

	public(SeenInScope, "/from/organisation /from/system /from/country /from/class"),
	public(SeenInScope, "/to/organisation /to/system /to/country /to/class"),
	public(SeenInScope, "/origin /owner /controller"),

	public(SeenInScope, "/images/*/role"),
	sealed(RedactionSubject, "/images/*/digest"),
	public(SeenInScope, "/images/*/mediaType /images/*/system /images/*/score"),
	pseudonyms("/images/*/pseudonym"),
	public(SeenInScope, "/collection /quantity/amount /quantity/bound /quantity/exclusive /quantity/unit"),

	sealed(RedactionSubject, "/persons/*/id /persons/*/name"),
	public(SeenInScope, "/persons/*/role"),
	pseudonyms("/persons/*/pseudonym"),
	public(SeenInScope, "/records/*/system"),
	sealed(RedactionSubject, "/records/*/reference"),
	pseudonyms("/records/*/pseudonym"),

	public(SeenInScope, "/purpose /basis/*"),
	sealed(RedactionAny, "/justification"),
	sealed(RedactionSubject, "/case/reference"),
	public(SeenInScope, "/case/offence"),
	sealed(RedactionSubject, "/case/note"),
	pseudonyms("/case/pseudonym"),
	sealed(RedactionSubject, "/authorisation/by/id /authorisation/by/name"),
	public(SeenInScope, "/authorisation/by/role /authorisation/by/automated"),
	pseudonyms("/authorisation/by/pseudonym"),
	public(SeenInScope, "/authorisation/at /authorisation/state /authorisation/deadline /urgent"),

	public(SeenInScope, "/input /mode /databases/*/system /databases/*/replied /result/state /result/candidates"),
	sealed(RedactionSubject, "/verifiers/*/id /verifiers/*/name"),
	public(SeenInScope, "/verifiers/*/role /verifiers/*/automated"),
	pseudonyms("/verifiers/*/pseudonym"),

	public(SeenInScope, "/transfer/reference /transfer/ground /transfer/conditions/* /transfer/onwardApproval /transfer/deleteBy"),
	public(SeenInScope, "/consent/by"),
	sealed(RedactionAny, "/consent/scope"),
	public(SeenInScope, "/consent/at"),
	public(SeenInScope, "/permission/recipients/* /permission/systems/* /permission/purposes/* /permission/during"),
	sealed(RedactionAny, "/permission/scope"),
	public(SeenInScope, "/retention/rule /retention/until /retention/hold /method"),

	public(SeenInScope, "/hiddenFromSubject"),
	public(SeenVisibility, "/citation/source /citation/locator"),
	public(SeenInScope, "/relates/*/relation"),
	sealed(RedactionEntry, "/relates/*/id"),
	public(SeenInScope, "/relates/*/entry"),
	public(SeenInScope, "/withheld/*"),
	public(SeenVisibility, "/visibility/public /visibility/organisations/*"),
	sealed(RedactionWording, "/text/en /text/de"),

	public(SeenVisibility, `/claim/proposition/id /claim/proposition/type /claim/proposition/subject /claim/proposition/from
		/claim/proposition/to /claim/proposition/population /claim/proposition/at /claim/proposition/text/en
		/claim/proposition/text/de /claim/claimant /claim/reporter /claim/stance /claim/modality /claim/sourceClass
		/claim/question /claim/addressee /claim/referredTo /claim/reading /claim/quantity/amount /claim/quantity/bound
		/claim/quantity/exclusive /claim/quantity/unit /claim/value`),
	public(SeenVisibility, `/declaration/type /declaration/id /declaration/name/en /declaration/name/de
		/declaration/aliases/* /declaration/valid
		/declaration/organisation/class /declaration/organisation/country /declaration/organisation/partOf
		/declaration/organisation/flagged
		/declaration/system/operator /declaration/system/partOf /declaration/system/type /declaration/system/vendor
		/declaration/system/hours /declaration/system/pairingWindow /declaration/system/flagged`),
	public(SeenCatalog, `/declaration/source/organisation /declaration/source/introduces /declaration/source/heartbeat
		/declaration/source/ended
		/declaration/key/source /declaration/key/use /declaration/key/pem /declaration/key/revoked /declaration/key/reason`),
	public(SeenVisibility, `/declaration/agreement/parties/* /declaration/agreement/basis
		/declaration/rule/minimum /declaration/rule/maximum /declaration/rule/anchor /declaration/rule/systems/*
		/declaration/rule/basis
		/declaration/document/publisher /declaration/document/published /declaration/document/reference`),

	public(SeenInScope, "/link/subject /link/a/sealer"),
	pseudonyms("/link/a/pseudonym"),
	public(SeenInScope, "/link/b/sealer"),
	pseudonyms("/link/b/pseudonym"),
	public(SeenInScope, "/link/method /link/score"),
	public(SeenInScope, "/redaction/subject /redaction/denotes/*/sealer"),
	pseudonyms("/redaction/denotes/*/pseudonym"),
	public(SeenInScope, "/redaction/requester /redaction/approver /redaction/basis"),
	public(SeenInScope, "/review/decision /review/finding"),
	public(SeenInScope, `/admit/recorded /admit/source /admit/outcome /admit/sequence /admit/statement /admit/previous /admit/key
		/admit/count /admit/root /admit/attested`),
	public(SeenInScope, `/access/role /access/organisations/* /access/way /access/stage /access/operation /access/document
		/access/bytes /access/rows /access/size /access/opened/*/subject /access/opened/*/sealer`),
	pseudonyms("/access/opened/*/pseudonyms/*"),
	public(SeenInScope, "/access/owners/*"),

	public(SeenInScope, "/v /sealer /source /entry /sealed/* /_sd/*"),
)

func pseudonyms(pointers string) []Field {
	return rows(FieldPseudonymous, SeenInScope, RedactionAnonym, pointers)
}

func concat(lists ...[]Field) []Field {
	var all []Field
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// fieldIndex finds rows by pointer.
var fieldIndex = func() map[string]Field {
	m := make(map[string]Field, len(Fields))
	for _, f := range Fields {
		m[f.Pointer] = f
	}
	return m
}()

// FieldAt returns the row of a pointer that may have places of lists as numbers, such as /images/3/digest. The class of
// /text/en and /text/de is that of free text; see [Event.ClassAt].
func FieldAt(pointer string) (Field, bool) {
	f, ok := fieldIndex[pattern(pointer)]
	return f, ok
}

// ClassAt returns the class of a field in this event: the table's, but public for the text of an event with a claim or
// declaration.
func (e *Event) ClassAt(pointer string) (FieldClass, bool) {
	f, ok := FieldAt(pointer)
	if f.Redaction == RedactionWording && e.hasPublicText() {
		return FieldPublic, ok
	}
	return f.Class, ok
}

// pattern puts "*" for numbers.
func pattern(pointer string) string {
	for i := 0; i+1 < len(pointer); i++ {
		if pointer[i] != '/' || pointer[i+1] < '0' || pointer[i+1] > '9' {
			continue
		}
		parts := strings.Split(pointer, "/")
		for j, p := range parts {
			if p != "" && p[0] >= '0' && p[0] <= '9' && strings.Trim(p, "0123456789") == "" {
				parts[j] = "*"
			}
		}
		return strings.Join(parts, "/")
	}
	return pointer
}

// withholdable are the patterns of pointers that withheld can name: of values that a native event can have, and of
// the objects and lists around them.
var withholdable = func() map[string]bool {
	m := map[string]bool{}
	for _, f := range Fields {
		switch top, _, _ := strings.Cut(f.Pointer[1:], "/"); top {
		case "id", "kind", "withheld", "v", "sealer", "source", "entry", "sealed", "_sd", "admit", "access", "link", "redaction":
			continue
		}
		if f.Class == FieldPseudonymous {
			continue
		}
		for p := f.Pointer; p != ""; p = p[:strings.LastIndexByte(p, '/')] {
			m[p] = true
		}
	}
	return m
}()

// filled reports whether the event has a value at the pointer, and whether the pointer names something that can be
// withheld. An object that is there but has no value at all counts as not filled.
func (e *Event) filled(tree *any, pointer string) (filled, known bool) {
	if !withholdable[pattern(pointer)] {
		return false, false
	}
	if *tree == nil {
		b, err := Canonical(e)
		if err != nil || json.Unmarshal(b, tree) != nil {
			return false, true // text that is not UTF-8 is a fault of its own
		}
	}
	return hasPointer(*tree, pointer), true
}

// hasPointer reports whether a JSON tree has something at the pointer; "*" is any place of a list.
func hasPointer(v any, pointer string) bool {
	if pointer == "" {
		return true
	}
	part, rest := pointer[1:], ""
	if i := strings.IndexByte(part, '/'); i >= 0 {
		part, rest = part[:i], part[i:]
	}
	switch x := v.(type) {
	case map[string]any:
		next, ok := x[part]
		return ok && hasPointer(next, rest)
	case []any:
		if part == "*" {
			return slices.ContainsFunc(x, func(next any) bool { return hasPointer(next, rest) })
		}
		i, ok := digits(part, 0, len(part))
		return ok && len(part) < 7 && int(i) < len(x) && hasPointer(x[i], rest)
	}
	return false
}

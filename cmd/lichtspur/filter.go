package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/pflag"
)

// filterFlags are the fields of a filter of entries as flags. What has no flag is given as JSON in --filter.
type filterFlags struct {
	lists map[string]*[]string // by the name of the field
	flags map[string]*string
	text  map[string]*string
	ids   map[string]*[]string // identities: PSEUDONYM, SOURCE:IDENTIFIER or :IDENTIFIER
	parts bool
	json  string
	asOf  string
}

func (f *filterFlags) attach(to *pflag.FlagSet) {
	f.lists, f.flags, f.text, f.ids = map[string]*[]string{}, map[string]*string{}, map[string]*string{}, map[string]*[]string{}
	list := func(flag, field, what string) {
		f.lists[field] = to.StringSlice(flag, nil, what)
	}
	list("kind", "kinds", "`kind` of entry, as in QUERY; may be repeated, as all lists")
	list("digest", "digests", "`digest` of a picture, sha256:…")
	list("image", "images", "`pseudonym` of an image")
	list("system", "systems", "`system` in any role, by id or alias")
	// Not --organisation, which says whom a data directory is read for.
	list("party", "organisations", "`organisation` in any role, by id or alias")
	list("requester", "requesters", "`organisation` that asked")
	list("from", "from", "`organisation or system` that it came from")
	list("to", "to", "`organisation or system` that it went to")
	list("owner", "owners", "`organisation` whose consent governs")
	list("origin", "origins", "`organisation` of the first capture")
	list("database", "databases", "`system` that was searched")
	list("country", "countries", "`country` of either end, as in DE")
	list("source", "sources", "`source` that handed it in")
	list("for", "purposes", "`purpose` of the event (--purpose is why you read)")
	list("basis", "bases", "legal `basis`, as written")
	list("mode", "modes", "`mode` of a search: TRANSIENT, STORE_PROBE")
	list("input", "inputs", "`type` of what was searched with: FACE, TEXT, FINGERPRINT, MIXED")
	list("result", "results", "`state` of the result: HIT, NO_HIT …")
	list("rule", "rules", "retention `rule`")
	list("transfer", "transfers", "transfer `reference`")
	list("document", "documents", "`document` cited")
	list("target", "targets", "`entry` that it relates to, by id")
	list("relation", "relations", "`relation` to an earlier entry: BELONGS_TO, ANSWERS, SUPERSEDES, ABOUT")
	list("missing", "missing", "`field` that the law wants and that is missing: JUSTIFICATION, CASE, BASIS, PURPOSE, ACTOR, OCCURRED")
	list("attested", "attested", "`who` vouches for it: SOURCE, LOG")
	list("decided", "decided", "what the owner had `decided` of an edge of it: RELEASED, RESTRICTED, UNKNOWN, NOT_NEEDED")
	list("standing", "standing", "who stands `behind` it: RECORDED, CORROBORATED, CLAIMED, CONTESTED, DENIED, NO_INFORMATION")
	list("class", "classes", "`class` of either end: VENDOR, PRIVATE, AUTHORITY, NCB, IO …")
	ids := func(flag, field, what string) { f.ids[field] = to.StringSlice(flag, nil, what) }
	ids("actor", "actors", "`who` acted: a pseudonym, SOURCE:IDENTIFIER, or :IDENTIFIER of any source")
	ids("person", "persons", "`whom` it is about, likewise")
	ids("case", "cases", "`case`, likewise")
	ids("record", "records", "`record` of a source's own system, likewise")
	ids("entry", "entries", "`id` of the entry, or SOURCE:ID as the source gave it")
	flag := func(name, field, what string) {
		f.flags[field] = to.String(name, "", what+" (`true or false`)")
		to.Lookup(name).NoOptDefVal = "true"
	}
	flag("exercise", "exercise", "exercise data")
	flag("urgent", "urgent", "urgent")
	flag("hidden", "hidden", "lawfully hidden from the data subject")
	flag("bulk", "bulk", "a collection or quantity instead of images")
	flag("automated", "automated", "the actor is a process")
	flag("held", "held", "deletion is suspended")
	flag("superseded", "superseded", "superseded by a later entry of its source")
	flag("unmatched", "unmatched", "transfers without receipt and receipts without transfer")
	flag("onward", "onward", "passed on by another than the owner, with its approval stated (true) or not (false)")
	f.text["occurred"] = to.String("occurred", "", "overlaps this `period`: 2025-02, 2025-02-01/2025-02-07, 2025/..")
	f.text["recorded"] = to.String("recorded", "", "recorded within this `period`")
	f.text["words"] = to.String("words", "", "`part` of a text: justification, note, free text")
	to.BoolVar(&f.parts, "parts", false, "a system stands for its parts, too")
	to.StringVar(&f.json, "filter", "", "more of an EventFilter, as a JSON `object` or @FILE")
	to.StringVar(&f.asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
}

// filter makes the variable of GraphQL. Of what is given as JSON a flag takes the place.
func (f *filterFlags) filter() (map[string]any, error) {
	out := map[string]any{}
	if f.json != "" {
		text := []byte(f.json)
		if path, ok := strings.CutPrefix(f.json, "@"); ok {
			var err error
			if text, err = os.ReadFile(path); err != nil {
				return nil, err
			}
		}
		if err := json.Unmarshal(text, &out); err != nil {
			return nil, usage(fmt.Errorf("--filter is not a JSON object: %w", err))
		}
	}
	for field, list := range f.lists {
		if *list != nil {
			out[field] = *list
		}
	}
	for field, list := range f.ids {
		if all := identitiesOf(*list); all != nil {
			out[field] = all
		}
	}
	for field, s := range f.flags {
		if *s != "" {
			on, err := strconv.ParseBool(*s)
			if err != nil {
				return nil, usage(fmt.Errorf("--%s is true or false, not %q", field, *s))
			}
			out[field] = on
		}
	}
	for field, s := range f.text {
		if *s != "" {
			out[field] = *s
		}
	}
	if f.parts {
		out["parts"] = true
	}
	return out, nil
}

// identitiesOf reads identities as flags have them: PSEUDONYM, SOURCE:IDENTIFIER or :IDENTIFIER.
func identitiesOf(list []string) (all []any) {
	for _, s := range list {
		source, identifier, named := strings.Cut(s, ":")
		switch {
		case !named:
			all = append(all, map[string]any{"pseudonym": s})
		case source == "":
			all = append(all, map[string]any{"identifier": identifier})
		default:
			all = append(all, map[string]any{"source": source, "identifier": identifier})
		}
	}
	return all
}

// state makes the variable asOf; nil is now.
func (f *filterFlags) state() (any, error) { return asOfVariable(f.asOf) }

func asOfVariable(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	if n, err := strconv.ParseUint(s, 10, 63); err == nil {
		return map[string]any{"size": strconv.FormatUint(n, 10)}, nil
	}
	if !strings.Contains(s, "T") {
		return nil, usage(errors.New("--as-of is a size or a time, as in 4000 or 2026-05-01T00:00:00Z"))
	}
	return map[string]any{"at": s}, nil
}

package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// particulars are filters for what the index has no list of. Each value is one that the world has.
func (w *world) particulars(t *testing.T) []question {
	one := func(what string, of func(*event.Event) string) string {
		return of(w.pick(t, what, func(h handed) bool { return of(h.Event) != "" }).Event)
	}
	is := func(of func(*event.Event) string, value string) func(handed) bool {
		return func(h handed) bool { return of(h.Event) == value }
	}
	var out []question
	// text asks for one value of a field that has one.
	text := func(name, what string, of func(*event.Event) string) {
		value := one(what, of)
		out = append(out, question{name: what, filter: vars{name: []any{value}}, want: is(of, value)},
			question{name: what + ", none wanted", filter: vars{name: []any{}}, empty: true})
	}
	text("owners", "owner", func(e *event.Event) string { return e.Owner })
	text("requesters", "requester", func(e *event.Event) string { return e.Requester })
	text("origins", "origin", func(e *event.Event) string { return e.Origin })
	text("units", "unit", func(e *event.Event) string { return e.Unit })
	text("inputs", "input", func(e *event.Event) string { return string(e.Input) })
	text("modes", "mode", func(e *event.Event) string { return string(e.Mode) })
	text("results", "result", func(e *event.Event) string {
		if e.Result == nil {
			return ""
		}
		return string(e.Result.State)
	})
	text("offences", "offence", func(e *event.Event) string {
		if e.Case == nil {
			return ""
		}
		return e.Case.Offence
	})
	text("grounds", "ground", func(e *event.Event) string {
		if e.Transfer == nil {
			return ""
		}
		return e.Transfer.Ground
	})
	text("rules", "retention rule", func(e *event.Event) string {
		if e.Retention == nil {
			return ""
		}
		return e.Retention.Rule
	})
	text("methods", "method", func(e *event.Event) string { return e.Method })
	text("words", "justification", func(e *event.Event) string { return e.Justification })
	// Words are one text and not a list.
	out = out[:len(out)-1]
	just := &out[len(out)-1]
	value := just.filter["words"].([]any)[0].(string)
	just.filter = vars{"words": strings.ToUpper(value[:len(value)-1])}
	just.want = func(h handed) bool {
		e := h.Event
		return slices.ContainsFunc([]string{e.Justification, e.Text.EN, e.Text.DE}, func(s string) bool {
			return strings.Contains(strings.ToUpper(s), strings.ToUpper(value[:len(value)-1]))
		})
	}

	basis := w.pick(t, "basis", func(h handed) bool { return len(h.Basis) > 0 }).Basis[0]
	database := w.pick(t, "database", func(h handed) bool { return len(h.Databases) > 1 }).Databases[1].System
	related := w.pick(t, "relation", func(h handed) bool { return len(h.Relates) > 0 }).Relates[0].Relation
	named := w.pick(t, "event", func(h handed) bool { return h.source != signer && h.Exercise })
	held := w.pick(t, "withheld field", func(h handed) bool { return len(h.Event.Withheld) > 0 }).Event.Withheld[0]
	yes := func(test func(*event.Event) bool) func(handed) bool {
		return func(h handed) bool { return test(h.Event) }
	}
	out = append(out,
		question{name: "from a system", filter: vars{"from": []any{"inpol"}}, want: yes(func(e *event.Event) bool { return e.From.System == "inpol" || e.From.Organisation == "inpol" })},
		question{name: "to an organisation", filter: vars{"to": []any{"BKA"}}, want: yes(func(e *event.Event) bool {
			return e.To.Organisation == "bka" || slices.ContainsFunc(e.Databases, func(d event.Database) bool { return w.operator(event.Place{System: d.System}) == "bka" })
		})},
		question{name: "to a database", filter: vars{"to": []any{database}}, want: yes(func(e *event.Event) bool {
			return e.To.System == database || slices.ContainsFunc(e.Databases, func(d event.Database) bool { return d.System == database })
		})},
		question{name: "from and to and kind", filter: vars{"from": []any{"bka"}, "to": []any{"ipsg", "europol"}, "kinds": []any{"DISCLOSE"}}, want: yes(func(e *event.Event) bool {
			return e.Kind == event.KindDisclose && e.From.Organisation == "bka" && (e.To.Organisation == "ipsg" || e.To.Organisation == "europol")
		})},
		question{name: "country", filter: vars{"countries": []any{"de"}}, want: yes(func(e *event.Event) bool { return w.country(e.From) == "DE" || w.country(e.To) == "DE" })},
		question{name: "class", filter: vars{"classes": []any{"VENDOR", "PRIVATE"}}, want: yes(func(e *event.Event) bool {
			return slices.ContainsFunc([]event.RecipientClass{e.From.Class, e.To.Class}, func(c event.RecipientClass) bool { return c == event.ClassVendor || c == event.ClassPrivate })
		})},
		question{name: "basis", filter: vars{"bases": []any{basis}}, want: yes(func(e *event.Event) bool { return slices.Contains(e.Basis, basis) })},
		question{name: "database", filter: vars{"databases": []any{database}}, want: yes(func(e *event.Event) bool {
			return slices.ContainsFunc(e.Databases, func(d event.Database) bool { return d.System == database })
		})},
		question{name: "role of an image", filter: vars{"roles": []any{"CANDIDATE"}}, want: yes(func(e *event.Event) bool {
			return slices.ContainsFunc(e.Images, func(i event.Image) bool { return i.Role == event.RoleCandidate })
		})},
		question{name: "role SUBJECT", filter: vars{"roles": []any{"SUBJECT"}}, want: yes(func(e *event.Event) bool {
			return e.Kind != event.KindLink && slices.ContainsFunc(e.Images, func(i event.Image) bool { return i.Role == "" })
		})},
		question{name: "relation", filter: vars{"relations": []any{string(related)}}, want: yes(func(e *event.Event) bool {
			return slices.ContainsFunc(e.Relates, func(r event.Reference) bool { return r.Relation == related })
		})},
		question{name: "withheld", filter: vars{"withheld": []any{held}}, want: yes(func(e *event.Event) bool {
			return slices.ContainsFunc(e.Withheld, func(s string) bool { return s == held || strings.HasPrefix(s, held+"/") })
		})},
		question{name: "signed by the source", filter: vars{"attested": []any{"SOURCE"}}, want: func(h handed) bool { return h.source == signer }},
		question{name: "vouched for by the log", filter: vars{"attested": []any{"LOG"}}, want: func(h handed) bool { return h.source != signer }},
		question{name: "urgent", filter: vars{"urgent": true}, want: yes(func(e *event.Event) bool { return e.Urgent }), empty: !slices.ContainsFunc(w.in, func(h handed) bool { return h.Urgent })},
		question{name: "not urgent", filter: vars{"urgent": false, "kinds": "QUERY"}, want: yes(func(e *event.Event) bool { return !e.Urgent && e.Kind == event.KindQuery })},
		question{name: "bulk", filter: vars{"bulk": true}, want: yes(func(e *event.Event) bool {
			return len(e.Images) == 0 && (e.Collection != "" || e.Quantity != nil) && e.Kind != event.KindLink
		})},
		question{name: "hidden", filter: vars{"hidden": true}, want: yes(func(e *event.Event) bool { return e.HiddenFromSubject }), empty: !slices.ContainsFunc(w.in, func(h handed) bool { return h.HiddenFromSubject })},
		question{name: "automated", filter: vars{"automated": true}, want: yes(func(e *event.Event) bool { return e.Actor != nil && e.Actor.Automated })},
		question{name: "held", filter: vars{"held": true}, want: yes(func(e *event.Event) bool { return e.Retention != nil && e.Retention.Hold })},
		question{name: "superseded", filter: vars{"superseded": true}, want: w.superseded, empty: !slices.ContainsFunc(w.in, w.superseded)},
		question{name: "standing", filter: vars{"superseded": false, "kinds": "CLAIM"}, want: func(h handed) bool { return h.Kind == event.KindClaim && !w.superseded(h) }},
		question{name: "the source's id", filter: vars{"entries": []any{vars{"source": named.source, "identifier": named.Event.ID}}}, want: func(h handed) bool { return h.Entry == named.Entry }},
		question{name: "the source's id, any source", filter: vars{"entries": []any{vars{"identifier": named.Event.ID}}}, want: func(h handed) bool { return h.Event.ID == named.Event.ID }},
		question{name: "id", filter: vars{"entries": []any{vars{"pseudonym": named.Entry.String()}}}, want: func(h handed) bool { return h.Entry == named.Entry }},
	)
	return out
}

// country is what an event says of a place, or else what was declared last of its organisation or its system's operator.
func (w *world) country(p event.Place) string {
	if p.Country != "" {
		return p.Country
	}
	id := p.Organisation
	if id == "" && p.System != "" {
		if s := w.declared(event.DeclareSystem, p.System); s != nil {
			id = s.System.Operator
		}
	}
	for id != "" {
		o := w.declared(event.DeclareOrganisation, id)
		if o == nil || o.Organisation.Country != "" {
			if o == nil {
				return ""
			}
			return o.Organisation.Country
		}
		id = o.Organisation.PartOf
	}
	return ""
}

// declared is the last declaration of an id that was handed in, nil for none.
func (w *world) declared(t event.DeclarationType, id string) *event.Declaration {
	for _, h := range slices.Backward(w.in) {
		if d := h.Declaration; d != nil && d.Type == t && d.ID == id {
			return d
		}
	}
	return nil
}

// superseded reports whether an event that was handed in later, by the same source, takes this one's place.
func (w *world) superseded(of handed) bool { return supersededBy(w.in, of) }

func supersededBy(later []handed, of handed) bool {
	return slices.ContainsFunc(later, func(h handed) bool {
		return h.Kind == event.KindCorrect && h.source == of.source && slices.ContainsFunc(h.Relates, func(r event.Reference) bool {
			return r.Relation == event.RelationSupersedes && (r.ID != "" && r.ID == of.Event.ID || !r.Entry.IsZero() && r.Entry == of.Entry)
		})
	})
}

// What the index has no list of is found all the same.
func TestParticularsAreThoseHandedIn(t *testing.T) {
	w := theWorld(t)
	orders := []string{"RECORDED", "RECORDED_DESC", "OCCURRED", "OCCURRED_DESC"}
	for n, q := range w.particulars(t) {
		t.Run(q.name, func(t *testing.T) {
			var want []handed
			if !q.empty {
				if want = filtered(w.entries(), q.want); len(want) == 0 {
					t.Fatal("the world has nothing of this")
				}
			}
			order := orders[n%len(orders)]
			if got, _ := w.walk(t, q.filter, order, 400, nil); !slices.Equal(got, inOrder(want, order)) {
				t.Errorf("%s: found %d, want %d: %v, %v", order, len(got), len(want), head(got), head(inOrder(want, order)))
			}
		})
	}
}

// An entry is named in one way, and what is personal does not travel in URLs.
func TestParticularsRefused(t *testing.T) {
	w := theWorld(t)
	for name, entry := range map[string]vars{
		"both": {"pseudonym": strings.Repeat("B", 21) + "A", "identifier": "x"}, "neither": {"source": "bka"},
	} {
		if a := w.ask(t, "auditor", pages, vars{"filter": vars{"entries": []any{entry}}}); a.code() != graph.CodeBadArgument {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

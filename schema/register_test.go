package schema_test

import (
	"strings"
	"testing"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// The register says what stands, page by page, and which entry says so.
func TestRegister(t *testing.T) {
	w := smallWorld(t)
	const pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
	declare := func(id string, d event.Declaration) *event.Event {
		return &event.Event{ID: id, Kind: event.KindDeclare, Declaration: &d}
	}
	declareKey := func(id string, revoked event.Time, reason string) *event.Event {
		return declare(id+reason, event.Declaration{Type: event.DeclareKey, ID: id, Valid: event.At(dawn), Key: &event.KeyDeclaration{Source: "feed", Use: event.KeySign, PEM: pem, Revoked: revoked, Reason: reason}})
	}
	w.hand(t, graph.LogID,
		declare("o", event.Declaration{Type: event.DeclareOrganisation, ID: "bka", Name: event.Text{EN: "BKA"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassNCB}}),
		declare("s", event.Declaration{Type: event.DeclareSource, ID: "feed", Source: &event.SourceDeclaration{Organisation: "bka"}}),
		declare("a", event.Declaration{Type: event.DeclareAgreement, ID: "treaty", Name: event.Text{DE: "Vertrag"}, Agreement: &event.AgreementDeclaration{Parties: []string{"bka", "ipsg"}, Basis: "BKAG § 27"}}),
		declareKey("key-a", event.Time{}, ""), declareKey("key-b", event.Time{}, ""), declareKey("key-a", event.At(dawn), "lost"),
		declare("p", event.Declaration{Type: event.DeclarePurpose, ID: "training", Name: event.Text{EN: "Training of a model"}, Rule: &event.RuleDeclaration{Basis: "AI Act"}}),
		declare("q", event.Declaration{Type: event.DeclarePurpose, ID: "border-control", Name: event.Text{DE: "Grenzkontrolle"}}))
	if w.in[2].Status != graph.Accepted || w.in[5].Status != graph.Accepted || w.in[6].Status != graph.Accepted {
		t.Fatal(w.in[2].Faults, w.in[5].Faults, w.in[6].Faults)
	}
	type party struct {
		ID       string  `json:"id"`
		Declared bool    `json:"declared"`
		Entry    *string `json:"entry"`
	}
	type agreement struct {
		ID      string  `json:"id"`
		Entry   string  `json:"entry"`
		Basis   string  `json:"basis"`
		Parties []party `json:"parties"`
	}
	type key struct {
		ID      string  `json:"id"`
		Entry   string  `json:"entry"`
		Source  string  `json:"source"`
		Use     string  `json:"use"`
		PEM     string  `json:"pem"`
		Valid   string  `json:"valid"`
		Revoked *string `json:"revoked"`
		Reason  *string `json:"reason"`
	}
	type pageInfo struct {
		More bool   `json:"hasNextPage"`
		End  string `json:"endCursor"`
	}
	type purpose struct {
		ID    string  `json:"id"`
		Entry string  `json:"entry"`
		Basis *string `json:"basis"`
	}
	type register struct {
		Purposes struct {
			Nodes []purpose `json:"nodes"`
		} `json:"purposes"`
		Agreements struct {
			Nodes []agreement `json:"nodes"`
		} `json:"agreements"`
		Keys struct {
			Nodes []key    `json:"nodes"`
			Page  pageInfo `json:"pageInfo"`
		} `json:"keys"`
	}
	const q = `query($after: String) { agreements { nodes { id entry basis parties { id declared entry } } }
		purposes { nodes { id entry basis } }
		keys(first: 1, after: $after) { nodes { id entry source use pem valid revoked reason } pageInfo { hasNextPage endCursor } } }`
	var out, rest register
	w.get(t, q, nil, &out)
	a, k := out.Agreements.Nodes, out.Keys
	if len(a) != 1 || a[0].ID != "treaty" || a[0].Entry != w.in[2].Entry.String() || a[0].Basis != "BKAG § 27" || len(a[0].Parties) != 2 ||
		!a[0].Parties[0].Declared || *a[0].Parties[0].Entry != w.in[0].Entry.String() || a[0].Parties[1].Declared || a[0].Parties[1].Entry != nil {
		t.Errorf("agreements: %+v", a)
	}
	if len(k.Nodes) != 1 || !k.Page.More || k.Nodes[0].ID != "key-a" || k.Nodes[0].Entry != w.in[5].Entry.String() || k.Nodes[0].Revoked == nil || *k.Nodes[0].Reason != "lost" ||
		k.Nodes[0].Source != "feed" || k.Nodes[0].Use != "SIGN" || k.Nodes[0].PEM != pem || !strings.HasPrefix(k.Nodes[0].Valid, "20") {
		t.Errorf("keys: %+v", k)
	}
	if p := out.Purposes.Nodes; len(p) != 2 || p[0].ID != "border-control" || p[0].Basis != nil || p[1].ID != "training" || p[1].Basis == nil || *p[1].Basis != "AI Act" || p[1].Entry != w.in[6].Entry.String() {
		t.Errorf("purposes: %+v", p)
	}
	w.get(t, q, vars{"after": k.Page.End}, &rest)
	if k := rest.Keys; len(k.Nodes) != 1 || k.Page.More || k.Nodes[0].ID != "key-b" || k.Nodes[0].Revoked != nil {
		t.Errorf("keys that follow: %+v", k)
	}
	for who, want := range map[string]string{"operator": "", "reporter": graph.CodeForbidden, "source": graph.CodeForbidden} {
		if a := w.ask(t, who, q, nil); a.code() != want {
			t.Errorf("%s: %s", who, a.body)
		}
	}
}

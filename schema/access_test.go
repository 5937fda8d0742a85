package schema_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

type reading struct {
	Index    uint64 `json:"index"`
	ID       string `json:"id"`
	LeafHash string `json:"leafHash"`
	Reader   struct {
		Value *string `json:"value"`
	} `json:"reader"`
	Role        string `json:"role"`
	Purpose     string `json:"purpose"`
	PurposeText struct {
		Value *string `json:"value"`
	} `json:"purposeText"`
	Way       string `json:"way"`
	Operation string `json:"operation"`
	Bytes     int    `json:"bytes"`
	Rows      int    `json:"rows"`
	TreeSize  uint64 `json:"treeSize"`
	Opened    []struct {
		Kind      string `json:"kind"`
		Pseudonym string `json:"pseudonym"`
	} `json:"opened"`
}

const readings = `query Readings($filter: AccessFilter, $first: Int, $after: String) { accesses(filter: $filter, first: $first, after: $after) {
  nodes { index id leafHash reader { value } role organisations { id } purpose purposeText { value } way operation bytes rows treeSize opened { kind pseudonym } }
  pageInfo { hasNextPage endCursor } treeSize complete } }`

// A question is an entry before its answer is here: who asked and why, how long the answer is, and the image it named;
// and the proof of it needs the verifier of the access ledger alone.
func TestAccessesOverHTTP(t *testing.T) {
	w := smallWorld(t)
	w.hand(t, graph.LogID,
		&event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "police", Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}},
		&event.Event{ID: "s", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: "feed", Source: &event.SourceDeclaration{Organisation: "police"}}})
	digestOf := func(n int) string { return fmt.Sprintf("sha256:%064x", n) }
	for n := range 2 {
		w.hand(t, "feed", &event.Event{ID: fmt.Sprint(n), Kind: event.KindConsult, Requester: "police", From: event.Place{Organisation: "police"},
			Occurred: event.At(dawn.Add(-time.Hour)), Actor: &event.Actor{ID: "officer"}, Images: []event.Image{{Digest: digestOf(n)}}})
	}

	asked := w.ask(t, "auditor", `query Trail($d: [String!]) { events(filter: {digests: $d}) { nodes { id } } }`, vars{"d": []string{digestOf(1)}})
	if len(asked.Errors) > 0 {
		t.Fatal(asked.body)
	}
	refused := w.ask(t, "other", `query Wrong { event(id: "what is this") { id } }`, nil)
	if len(refused.Errors) == 0 {
		t.Fatal(refused.body)
	}
	list := func(filter vars, first int, after *string) (out struct {
		Accesses struct {
			Nodes    []reading `json:"nodes"`
			PageInfo struct {
				HasNextPage bool    `json:"hasNextPage"`
				EndCursor   *string `json:"endCursor"`
			} `json:"pageInfo"`
			TreeSize uint64 `json:"treeSize"`
		} `json:"accesses"`
	}) {
		w.get(t, readings, vars{"filter": filter, "first": first, "after": after}, &out)
		return out
	}
	all := list(nil, 50, nil).Accesses
	if len(all.Nodes) != 2 || all.TreeSize != 2 {
		t.Fatalf("%+v", all)
	}
	wrong, trail := all.Nodes[0], all.Nodes[1]
	if wrong.Operation != "Wrong" || *wrong.Reader.Value != "other" {
		t.Errorf("a question that was answered with an error: %+v", wrong)
	}
	if *trail.Reader.Value != "auditor" || trail.Role != "oversight" || trail.Purpose != "INTEGRITY" || *trail.PurposeText.Value != "test" || trail.Way != "QUESTION" ||
		trail.Operation != "Trail" || trail.Bytes != len(asked.body) || trail.Rows != 1 || trail.TreeSize != w.graph.Checkpoint().Size {
		t.Errorf("%+v", trail)
	}
	if len(trail.Opened) != 1 || trail.Opened[0].Kind != "IMAGE" {
		t.Errorf("opened %+v", trail.Opened)
	}

	// Filters, and pages that stay while reading them makes entries.
	for name, c := range map[string]struct {
		filter vars
		want   int
	}{
		"reader":            {vars{"readers": []string{"auditor"}, "operations": []string{"Trail"}}, 1},
		"nobody":            {vars{"readers": []string{"nobody"}}, 0},
		"image":             {vars{"digests": []string{digestOf(1)}, "operations": []string{"Trail"}}, 1},
		"another":           {vars{"digests": []string{digestOf(3)}, "operations": []string{"Trail"}}, 0},
		"purpose":           {vars{"purposes": []string{"integrity"}, "operations": []string{"Trail", "Wrong"}}, 2},
		"another's purpose": {vars{"purposes": []string{"SUBJECT_ACCESS"}}, 0},
		"role":              {vars{"roles": []string{"dpo"}}, 0},
		"document":          {vars{"operations": []string{"QUESTION"}, "images": []string{trail.Opened[0].Pseudonym}}, 1},
	} {
		if got := list(c.filter, 50, nil).Accesses.Nodes; len(got) < c.want || c.want == 0 && len(got) > 0 || c.want > 0 && name != "image" && name != "document" && len(got) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	var seen []string
	for after, more := (*string)(nil), true; more; {
		page := list(vars{"operations": []string{"Trail", "Wrong"}}, 1, after).Accesses
		for _, n := range page.Nodes {
			seen = append(seen, n.Operation)
		}
		after, more = page.PageInfo.EndCursor, page.PageInfo.HasNextPage
	}
	if strings.Join(seen, " ") != "Wrong Trail" {
		t.Errorf("walked %v", seen)
	}

	// The proof.
	vkey, err := graph.AccessVerifierKey(w.dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		AccessProof struct {
			Index int64  `json:"index"`
			Leaf  []byte `json:"leaf"`
			Text  string `json:"text"`
		} `json:"accessProof"`
		AccessCheckpoint struct {
			Origin string `json:"origin"`
			Note   string `json:"note"`
		} `json:"accessCheckpoint"`
	}
	w.get(t, `query($id: ID!) { accessProof(access: $id) { index leaf text } accessCheckpoint { origin note } }`, vars{"id": trail.ID}, &out)
	p, err := graph.ParseProof([]byte(out.AccessProof.Text), verifier)
	if err != nil {
		t.Fatal(err)
	}
	if p.Index != trail.Index || p.Hash.String() != trail.LeafHash || tlog.RecordHash(out.AccessProof.Leaf).String() != trail.LeafHash {
		t.Errorf("%+v of %+v", p, trail)
	}
	if _, err := note.Open([]byte(out.AccessCheckpoint.Note), note.VerifierList(verifier)); err != nil || out.AccessCheckpoint.Origin != "log.example/schema/accesses" {
		t.Errorf("%s: %v", out.AccessCheckpoint.Origin, err)
	}
	if a := w.ask(t, "auditor", `{ accessProof(access: "99999") { index } }`, nil); string(a.Data) != `{"accessProof":null}` {
		t.Error(a.body)
	}
	// Who reads no entries reads none here.
	if a := w.ask(t, "reporter", `{ accesses { nodes { id } } }`, nil); a.code() != graph.CodeForbidden {
		t.Error(a.body)
	}
	// Names of persons do not travel in a URL.
	r := w.post(t, "")
	r.Method, r.Body, r.ContentLength = "GET", nil, 0
	r.URL.RawQuery = "query=%7Baccesses(filter%3A%7Breaders%3A%5B%22auditor%22%5D%7D)%7Bnodes%7Bid%7D%7D%7D"
	r.Header.Del("Content-Type")
	if a := w.send(t, "auditor", r); len(a.Errors) == 0 {
		t.Error(a.body)
	}
}

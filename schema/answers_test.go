package schema_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/fixtures/exercise"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/batch"
	"github.com/lichtspur/lichtspur/ingest/keys"
)

// The answer's json is the event that was handed in, with what the log adds, for every entry.
func TestEventIsWhatWasHandedIn(t *testing.T) {
	w := theWorld(t)
	const query = `query($id: ID!) { event(id: $id) { id index leafHash kind recorded source sourceId { value absent } json exercise } }`
	for n := 0; n < len(w.in); n += 37 {
		h := w.in[n]
		var byID, byIndex struct {
			Event struct {
				ID       string    `json:"id"`
				Index    uint64    `json:"index"`
				LeafHash string    `json:"leafHash"`
				Kind     string    `json:"kind"`
				Recorded time.Time `json:"recorded"`
				Source   string    `json:"source"`
				SourceID val       `json:"sourceId"`
				JSON     string    `json:"json"`
				Exercise bool      `json:"exercise"`
			} `json:"event"`
		}
		w.get(t, query, vars{"id": h.Entry.String()}, &byID)
		w.get(t, query, vars{"id": fmt.Sprint(h.Index)}, &byIndex)
		if byID != byIndex {
			t.Fatalf("by id %+v, by index %+v", byID, byIndex)
		}
		e := byID.Event
		if e.ID != h.Entry.String() || e.Index != h.Index || e.Kind != string(h.Kind) || e.Source != h.source || e.SourceID.Value != h.Event.ID ||
			!e.Recorded.Equal(h.Recorded) || e.Exercise != h.Exercise || h.source != signer && e.LeafHash != h.LeafHash.String() {
			t.Errorf("%s: %+v, want %+v", h.Event.ID, e, h.Receipt)
		}
		got, err := event.Parse([]byte(nativeAgain(t, e.JSON)))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := event.Canonical(got)
		b, _ := event.Canonical(h.Event)
		if string(a) != string(b) {
			t.Errorf("%s was handed in and is answered as %s", b, a)
		}
	}
	for id, want := range map[string]string{
		"99999999":              "null",
		strings.Repeat("A", 22): "null",
		strings.Repeat("9", 30): graph.CodeBadArgument,
		"":                      graph.CodeBadArgument,
		"-1":                    graph.CodeBadArgument,
	} {
		a := w.ask(t, "auditor", `query($id: ID!) { event(id: $id) { id } }`, vars{"id": id})
		if a.code() != want && (want != "null" || string(a.Data) != `{"event":null}` || len(a.Errors) > 0) {
			t.Errorf("event %q: %s", id, a.body)
		}
	}
}

type val struct {
	Value  string `json:"value"`
	Absent string `json:"absent"`
}

// nativeAgain takes out of an opened event what the log put in.
func nativeAgain(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "pseudonym")
			if _, ok := v["relation"]; ok && v["id"] != nil {
				delete(v, "entry")
			}
			for _, inner := range v {
				strip(inner)
			}
		case []any:
			for _, inner := range v {
				strip(inner)
			}
		}
	}
	delete(v.(map[string]any), "admit")
	strip(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

type answeredClaim struct {
	ID          string `json:"id"`
	Index       uint64 `json:"index"`
	Stance      string `json:"stance"`
	Proposition struct {
		ID        string `json:"id"`
		Contested bool   `json:"contested"`
	} `json:"proposition"`
	Claimant struct {
		ID string `json:"id"`
	} `json:"claimant"`
	Citation *struct{ Source string }
	Document *struct {
		ID string `json:"id"`
	} `json:"document"`
}

func (w *world) claims(t *testing.T, filter vars) []answeredClaim {
	t.Helper()
	var out struct {
		Claims struct {
			Nodes    []answeredClaim `json:"nodes"`
			PageInfo struct {
				HasNextPage bool `json:"hasNextPage"`
			} `json:"pageInfo"`
		} `json:"claims"`
	}
	w.get(t, `query($f: ClaimFilter) { claims(filter: $f, first: 500) { nodes { id index stance proposition { id contested } claimant { id } document { id } } pageInfo { hasNextPage } } }`, vars{"f": filter}, &out)
	if out.Claims.PageInfo.HasNextPage {
		t.Fatal("more than a page of claims")
	}
	return out.Claims.Nodes
}

func TestClaims(t *testing.T) {
	w := theWorld(t)
	of := func(want func(*event.Claim) bool) func(handed) bool {
		return func(h handed) bool { return h.Kind == event.KindClaim && want(h.Claim) }
	}
	about := func(ids ...string) func(handed) bool {
		return of(func(c *event.Claim) bool {
			p := c.Proposition
			return slices.ContainsFunc([]string{p.Subject, p.From, p.To}, func(s string) bool { return slices.Contains(ids, s) })
		})
	}
	icis := []string{"icis", "ifrs", "morphoface-investigate", "interpol-notices", "red-notices", "blue-notices", "interpol-diffusions", "blue-diffusions"}
	for _, c := range []struct {
		name   string
		filter vars
		want   func(handed) bool
	}{
		{"all", nil, of(func(*event.Claim) bool { return true })},
		{"Clearview AI", vars{"subjects": []any{"Clearview AI"}}, about("clearview-ai")},
		{"ICIS", vars{"subjects": []any{"ICIS"}}, about("icis")},
		{"ICIS and its parts", vars{"subjects": []any{"ICIS"}, "parts": true}, about(icis...)},
		{"DTECH and FIRST", vars{"subjects": []any{"DTECH", "FIRST"}}, about("dtech", "first")},
		{"by the Federal Government", vars{"claimants": []any{"federal-government"}}, of(func(c *event.Claim) bool {
			return c.Claimant == "federal-government" || c.Reporter == "federal-government"
		})},
		{"by the General Secretariat, by an alias", vars{"claimants": []any{"IPSP"}}, of(func(c *event.Claim) bool { return c.Claimant == "ipsg" || c.Reporter == "ipsg" })},
		{"question", vars{"questions": []any{"BT-1a"}}, of(func(c *event.Claim) bool { return c.Question == "BT-1a" })},
		{"proposition", vars{"propositions": []any{"ifrs-free-search"}}, of(func(c *event.Claim) bool { return c.Proposition.ID == "ifrs-free-search" })},
		{"document", vars{"documents": []any{"hamburg-hikvision"}}, func(h handed) bool {
			return h.Claim != nil && h.Citation != nil && h.Citation.Source == "hamburg-hikvision"
		}},
		{"stance", vars{"stances": []any{"NO_INFORMATION", "WITHHELD"}}, of(func(c *event.Claim) bool {
			return c.Stance == event.StanceNoInformation || c.Stance == event.StanceWithheld
		})},
		{"denied about Clearview AI", vars{"subjects": []any{"clearview"}, "stances": []any{"DENIED"}}, func(h handed) bool {
			return about("clearview-ai")(h) && h.Claim.Stance == event.StanceDenied
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := filtered(w.in, c.want)
			got := w.claims(t, c.filter)
			if len(want) == 0 || len(got) != len(want) {
				t.Fatalf("%d claims, want %d", len(got), len(want))
			}
			for i, a := range got {
				h := want[i]
				if a.Index != h.Index || a.ID != h.Entry.String() || a.Stance != string(h.Claim.Stance) || a.Claimant.ID != h.Claim.Claimant || a.Proposition.ID != h.Claim.Proposition.ID {
					t.Errorf("claim %d is %+v, want %+v", i, a, h.Claim)
				}
				opposed := map[event.Stance]bool{}
				for _, other := range w.in {
					if other.Claim != nil && other.Claim.Proposition.ID == a.Proposition.ID {
						opposed[other.Claim.Stance] = true
					}
				}
				if a.Proposition.Contested != (opposed[event.StanceAsserted] && opposed[event.StanceDenied]) {
					t.Errorf("%s is said to be contested: %v", a.Proposition.ID, a.Proposition.Contested)
				}
				if h.Citation != nil && (a.Document == nil || a.Document.ID != h.Citation.Source) {
					t.Errorf("%s cites %v", a.ID, a.Document)
				}
			}
		})
	}
	if got := w.claims(t, vars{"subjects": []any{"nobody-heard-of"}}); len(got) != 0 {
		t.Errorf("claims about nobody: %v", got)
	}
}

// Interpol says that all members may search in IFRS, the Federal Government that they may not: contested. Before the
// second was recorded it was not.
func TestFreeSearchIsContested(t *testing.T) {
	w := theWorld(t)
	second := w.pick(t, "denial", func(h handed) bool { return h.Event.ID == "ifrs-free-search-government" })
	const query = `query($asOf: AsOf) { claims(filter: {propositions: ["ifrs-free-search"]}, asOf: $asOf) { nodes { stance claimant { id } proposition { contested } } } }`
	var now, then struct {
		Claims struct {
			Nodes []answeredClaim `json:"nodes"`
		} `json:"claims"`
	}
	w.get(t, query, nil, &now)
	w.get(t, query, vars{"asOf": vars{"size": second.Index}}, &then)
	if n := now.Claims.Nodes; len(n) != 2 || !n[0].Proposition.Contested || !n[1].Proposition.Contested || n[0].Stance == n[1].Stance {
		t.Errorf("now: %+v", n)
	}
	if n := then.Claims.Nodes; len(n) != 1 || n[0].Proposition.Contested {
		t.Errorf("then: %+v", n)
	}
}

func TestProof(t *testing.T) {
	w := theWorld(t)
	vkey, err := graph.VerifierKey(w.dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(w.in); n += 311 {
		h := w.in[n]
		var out struct {
			Proof struct {
				Index      int64    `json:"index"`
				Leaf       []byte   `json:"leaf"`
				LeafHash   string   `json:"leafHash"`
				Path       []string `json:"path"`
				Checkpoint struct {
					Size int64  `json:"size"`
					Note string `json:"note"`
				} `json:"checkpoint"`
			} `json:"proof"`
		}
		w.get(t, `query($id: ID!) { proof(event: $id) { index leaf leafHash path checkpoint { size note } } }`, vars{"id": h.Entry.String()}, &out)
		p := out.Proof
		signed, err := note.Open([]byte(p.Checkpoint.Note), note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		var origin, root string
		var size int64
		if _, err := fmt.Sscan(signed.Text, &origin, &size, &root); err != nil || size != p.Checkpoint.Size {
			t.Fatal(signed.Text, err)
		}
		top, err := tlog.ParseHash(root)
		if err != nil {
			t.Fatal(err)
		}
		var path tlog.RecordProof
		for _, s := range p.Path {
			hash, err := tlog.ParseHash(s)
			if err != nil {
				t.Fatal(err)
			}
			path = append(path, hash)
		}
		if p.Index != int64(h.Index) || p.LeafHash != tlog.RecordHash(p.Leaf).String() {
			t.Errorf("proof %+v of %+v", p, h.Receipt)
		}
		if err := tlog.CheckRecord(path, size, top, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
			t.Errorf("%s: %v", h.Event.ID, err)
		}
	}
	if a := w.ask(t, "auditor", `{ proof(event: "99999999") { index } }`, nil); string(a.Data) != `{"proof":null}` {
		t.Errorf("a proof of nothing: %s", a.body)
	}
}

// Who signed is said of each entry, and so is that nobody but the log vouches for it.
func TestSignature(t *testing.T) {
	w := theWorld(t)
	type signature struct {
		Attested  string  `json:"attested"`
		Source    string  `json:"source"`
		Key       *string `json:"key"`
		Sequence  *int64  `json:"sequence"`
		Statement *string `json:"statement"`
	}
	of := func(h handed) signature {
		var out struct {
			Event struct {
				Signature signature `json:"signature"`
			} `json:"event"`
		}
		w.get(t, `query($id: ID!) { event(id: $id) { signature { attested source key sequence statement } } }`, vars{"id": h.Entry.String()}, &out)
		return out.Event.Signature
	}
	last := of(w.in[len(w.in)-1])
	if last.Attested != "SOURCE" || last.Source != signer || last.Key == nil || last.Sequence == nil || *last.Sequence != 1 || last.Statement == nil || *last.Statement != w.batch.Digest {
		t.Errorf("of a sealed batch: %+v", last)
	}
	if first := of(w.in[0]); first.Attested != "LOG" || first.Source != graph.LogID || first.Key != nil || first.Sequence != nil || first.Statement != nil {
		t.Errorf("of the log's own: %+v", first)
	}
}

// What a source signed of a leaf can be checked by who has its key and the leaf's hash, and is for oversight alone.
func TestSourceProof(t *testing.T) {
	w := theWorld(t)
	const query = `query($id: ID!) { sourceProof(event: $id) { envelope index count path key { id pem } } event(id: $id) { leafHash signature { statement } } }`
	checked := 0
	for _, h := range w.in {
		if h.source != signer {
			continue
		}
		var out struct {
			SourceProof struct {
				Envelope string   `json:"envelope"`
				Index    int64    `json:"index"`
				Count    int64    `json:"count"`
				Path     []string `json:"path"`
				Key      struct {
					ID  string `json:"id"`
					PEM string `json:"pem"`
				} `json:"key"`
			} `json:"sourceProof"`
			Event struct {
				LeafHash  string `json:"leafHash"`
				Signature struct {
					Statement string `json:"statement"`
				} `json:"signature"`
			} `json:"event"`
		}
		w.get(t, query, vars{"id": h.Entry.String()}, &out)
		p := out.SourceProof
		envelope, payload, err := batch.ParseEnvelope([]byte(p.Envelope))
		if err != nil {
			t.Fatal(err)
		}
		st, err := batch.ParseStatement(payload)
		if err != nil {
			t.Fatal(err)
		}
		if batch.Digest(payload) != out.Event.Signature.Statement || st.Count != p.Count {
			t.Errorf("entry %d: statement %s of %d leaves", h.Index, batch.Digest(payload), st.Count)
		}
		leaf, err := tlog.ParseHash(out.Event.LeafHash)
		if err != nil {
			t.Fatal(err)
		}
		path := make(tlog.RecordProof, len(p.Path))
		for i, s := range p.Path {
			if path[i], err = tlog.ParseHash(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := tlog.CheckRecord(path, p.Count, st.Root, p.Index, leaf); err != nil {
			t.Errorf("entry %d: %v", h.Index, err)
		}
		key, err := keys.ParsePublic([]byte(p.Key.PEM))
		if err != nil || p.Key.ID != envelope.Signatures[0].KeyID {
			t.Fatalf("entry %d: key %q: %v", h.Index, p.Key.ID, err)
		}
		sig, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Verify(dsse.PAE(envelope.PayloadType, payload), sig); err != nil {
			t.Errorf("entry %d: %v", h.Index, err)
		}
		checked++
	}
	if checked < 2 {
		t.Errorf("%d signatures checked", checked)
	}
	const alone = `query($id: ID!) { sourceProof(event: $id) { index } }`
	if a := w.ask(t, "auditor", alone, vars{"id": w.in[0].Entry.String()}); string(a.Data) != `{"sourceProof":null}` {
		t.Errorf("of what the log alone vouches for: %s", a.body)
	}
	if a := w.ask(t, "reporter", alone, vars{"id": w.in[len(w.in)-1].Entry.String()}); a.code() != graph.CodeForbidden {
		t.Errorf("who does not oversee: %s", a.body)
	}
}

// Catalog lists are in order of id, in pages, and narrowed by what is declared.
func TestCatalog(t *testing.T) {
	w := theWorld(t)
	type node struct {
		ID string `json:"id"`
	}
	ids := func(list, filterType string, filter vars, first int) (out []string) {
		t.Helper()
		var after *string
		for {
			var page map[string]struct {
				Nodes    []node `json:"nodes"`
				PageInfo struct {
					HasNextPage bool    `json:"hasNextPage"`
					EndCursor   *string `json:"endCursor"`
				} `json:"pageInfo"`
				TreeSize uint64 `json:"treeSize"`
				Complete bool   `json:"complete"`
			}
			w.get(t, fmt.Sprintf(`query($f: %s, $n: Int, $a: String) { %s(filter: $f, first: $n, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } treeSize complete } }`, filterType, list),
				vars{"f": filter, "n": first, "a": after}, &page)
			p := page[list]
			if p.TreeSize != w.graph.Checkpoint().Size || !p.Complete {
				t.Fatalf("%+v", p)
			}
			for _, n := range p.Nodes {
				out = append(out, n.ID)
			}
			if !p.PageInfo.HasNextPage {
				return out
			}
			after = p.PageInfo.EndCursor
		}
	}
	declared := func(want func(*event.Declaration) bool) (out []string) {
		for _, h := range w.in {
			if d := h.Declaration; d != nil && h.Kind == event.KindDeclare && want(d) {
				out = append(out, d.ID)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	for _, c := range []struct {
		name, list string
		filter     vars
		want       func(*event.Declaration) bool
	}{
		{"all", "organisations", nil, func(d *event.Declaration) bool { return d.Organisation != nil }},
		{"German", "organisations", vars{"country": "DE"}, func(d *event.Declaration) bool { return d.Organisation != nil && d.Organisation.Country == "DE" }},
		{"vendors", "organisations", vars{"class": "VENDOR"}, func(d *event.Declaration) bool {
			return d.Organisation != nil && d.Organisation.Class == event.ClassVendor
		}},
		{"of a whole, by alias", "organisations", vars{"partOf": "ICPO"}, func(d *event.Declaration) bool { return d.Organisation != nil && d.Organisation.PartOf == "interpol" }},
		{"all", "systems", nil, func(d *event.Declaration) bool { return d.System != nil }},
		{"of an operator, by alias", "systems", vars{"operator": "IPSPG"}, func(d *event.Declaration) bool { return d.System != nil && d.System.Operator == "ipsg" }},
		{"of a vendor", "systems", vars{"vendor": "hikvision"}, func(d *event.Declaration) bool { return d.System != nil && d.System.Vendor == "hikvision" }},
		{"of a whole and a type", "systems", vars{"partOf": "ICIS", "type": "notices"}, func(d *event.Declaration) bool {
			return d.System != nil && d.System.PartOf == "icis" && d.System.Type == "notices"
		}},
	} {
		t.Run(c.list+" "+c.name, func(t *testing.T) {
			want := declared(c.want)
			kind := strings.ToUpper(c.list[:1]) + c.list[1:len(c.list)-1] + "Filter"
			for _, first := range []int{500, 1 + len(want)/3} {
				if got := ids(c.list, kind, c.filter, first); len(want) == 0 || !slices.Equal(got, want) {
					t.Errorf("pages of %d: %v, want %v", first, got, want)
				}
			}
		})
	}
	if got := ids("systems", "SystemFilter", vars{"text": "notices"}, 500); !slices.Contains(got, "red-notices") || slices.Contains(got, "ifrs") {
		t.Errorf("by text: %v", got)
	}
	for _, name := range []string{"ipsg", "IPSG", "IPSPG", "IPSP", "interpol general secretariat"} {
		var out struct {
			Organisation *organisation `json:"organisation"`
		}
		w.get(t, `query($id: ID!) { organisation(id: $id) { id aliases } }`, vars{"id": name}, &out)
		if out.Organisation == nil || out.Organisation.ID != "ipsg" {
			t.Errorf("%s is %+v", name, out.Organisation)
		}
	}
	var out struct {
		System struct {
			ID       string         `json:"id"`
			Operator organisation   `json:"operator"`
			Vendor   string         `json:"vendor"`
			PartOf   string         `json:"partOf"`
			Parts    []string       `json:"parts"`
			Name     map[string]any `json:"name"`
		} `json:"system"`
		None *struct{} `json:"none"`
	}
	w.get(t, `{ system(id: "IFRS") { id operator { id } vendor partOf parts name { en de } } none: system(id: "no-such") { id } }`, nil, &out)
	if s := out.System; s.ID != "ifrs" || s.Operator.ID != "ipsg" || s.Vendor != "safran" || s.PartOf != "icis" || !slices.Equal(s.Parts, []string{"morphoface-investigate"}) || out.None != nil {
		t.Errorf("%+v", out)
	}
}

// A personal value that is not there says why.
func TestAbsentValuesSayWhy(t *testing.T) {
	w := smallWorld(t)
	w.hand(t, graph.LogID,
		&event.Event{ID: "o", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareOrganisation, ID: "police", Name: event.Text{EN: "Police"}, Organisation: &event.OrganisationDeclaration{Class: event.ClassAuthority}}},
		&event.Event{ID: "s", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSystem, ID: "files", Name: event.Text{EN: "Files"}, System: &event.SystemDeclaration{Operator: "police"}}},
		&event.Event{ID: "r", Kind: event.KindDeclare, Declaration: &event.Declaration{Type: event.DeclareSource, ID: exercise.Source, Name: event.Text{EN: "Gateway"}, Source: &event.SourceDeclaration{Organisation: "police"}}})
	digests := []string{"sha256:" + strings.Repeat("1", 64), "sha256:" + strings.Repeat("2", 64)}
	w.hand(t, exercise.Source, &event.Event{ID: "e-1", Kind: event.KindConsult, Occurred: event.At(dawn), Requester: "police", From: event.Place{System: "files"},
		Actor: &event.Actor{ID: "officer-1", Role: "clerk"}, Images: []event.Image{{Digest: digests[0]}, {Digest: digests[1]}},
		Persons: []event.Person{{ID: "person-1", Name: "N. N."}}, Justification: "file 12",
		Text: event.Text{EN: "seen at the counter"}, Withheld: []string{"/unit", "/case"}})
	type answered struct {
		Event struct {
			Actor struct {
				Pseudonym string `json:"pseudonym"`
				ID        val    `json:"id"`
				Name      val    `json:"name"`
			} `json:"actor"`
			Images []struct {
				Pseudonym string `json:"pseudonym"`
				Digest    val    `json:"digest"`
			} `json:"images"`
			Persons []struct {
				Name val `json:"name"`
			} `json:"persons"`
			Unit          val       `json:"unit"`
			Case          *struct{} `json:"case"`
			Justification val       `json:"justification"`
			Text          struct {
				EN, Absent string
			} `json:"text"`
			Withheld   []string `json:"withheld"`
			LeafHash   string   `json:"leafHash"`
			Redactions []struct {
				Entry, Subject, Requester, Approver, Basis, Recorded string
				Index                                                uint64
			} `json:"redactions"`
		} `json:"event"`
	}
	ask := func() (out answered) {
		w.get(t, `query($id: ID!) { event(id: $id) { leafHash actor { pseudonym id { value absent } name { value absent } } images { pseudonym digest { value absent } }
			persons { name { value absent } } unit { value absent } case { pseudonym } justification { value absent } text { EN: en Absent: absent } withheld
			redactions { Entry: entry Index: index Subject: subject Requester: requester Approver: approver Basis: basis Recorded: recorded } } }`, vars{"id": w.in[3].Entry.String()}, &out)
		return out
	}
	before := ask().Event
	if before.Actor.ID != (val{Value: "officer-1"}) || before.Actor.Name != (val{Absent: "EMPTY"}) || before.Unit != (val{Absent: "WITHHELD_BY_SOURCE"}) ||
		before.Case != nil || before.Images[0].Digest != (val{Value: digests[0]}) || before.Persons[0].Name != (val{Value: "N. N."}) ||
		before.Justification.Value != "file 12" || before.Text.EN != "seen at the counter" || !slices.Equal(before.Withheld, []string{"/unit", "/case"}) {
		t.Errorf("before: %+v", before)
	}
	if len(before.Redactions) != 0 {
		t.Errorf("before: %+v", before.Redactions)
	}
	done, err := w.graph.Redact(t.Context(), graph.RedactionOrder{Targets: []graph.Target{{Kind: event.SubjectImage, Identifier: digests[0]}},
		Requester: "data subject, file 12/26", Approver: "DPO", Basis: "LED Art. 16(2)"})
	if err != nil {
		t.Fatal(err)
	}
	after := ask().Event
	// Who had it done, when and why.
	if rs := after.Redactions; len(rs) != 1 || rs[0].Entry != done.Entries[0].ID.String() || rs[0].Index != done.Entries[0].Index || rs[0].Subject != "IMAGE" ||
		rs[0].Requester != "data subject, file 12/26" || rs[0].Approver != "DPO" || rs[0].Basis != "LED Art. 16(2)" || rs[0].Recorded == "" {
		t.Errorf("redactions: %+v", rs)
	}
	// What is about the picture is gone, so is free text about everybody; the other picture, the actor and the trail stay.
	redacted := val{Absent: "REDACTED"}
	if after.Images[0].Digest != redacted || after.Images[1].Digest.Value != digests[1] || after.Actor.ID.Value != "officer-1" || after.Justification != redacted ||
		after.Text.Absent != "REDACTED" || after.Text.EN != "" || after.Images[0].Pseudonym != before.Images[0].Pseudonym || after.LeafHash != before.LeafHash {
		t.Errorf("after: %+v", after)
	}
	var out struct {
		Gone entryList `json:"gone"`
		Kept entryList `json:"kept"`
		Mark entryList `json:"mark"`
	}
	w.get(t, `query($gone: [String!], $kept: [String!], $mark: [ID!]) { gone: events(filter: {digests: $gone}) { nodes { index } } kept: events(filter: {digests: $kept}) { nodes { index } } mark: events(filter: {images: $mark}) { nodes { index } } }`,
		vars{"gone": []any{digests[0]}, "kept": []any{digests[1]}, "mark": []any{after.Images[0].Pseudonym}}, &out)
	if len(out.Gone.Nodes) != 0 || len(out.Kept.Nodes) != 1 || len(out.Mark.Nodes) != 2 || uint64(out.Mark.Nodes[1].Index) != done.Entries[0].Index {
		t.Errorf("found after the redaction: %+v", out)
	}
}

func TestCursors(t *testing.T) {
	w := theWorld(t)
	const query = `query($after: String, $n: Int, $f: EventFilter, $o: EventOrder, $asOf: AsOf) { events(first: $n, after: $after, filter: $f, order: $o, asOf: $asOf) { pageInfo { endCursor } treeSize } }`
	filter := vars{"kinds": []any{"QUERY"}}
	var out struct {
		Events  entryList `json:"events"`
		Claims  entryList `json:"claims"`
		Systems entryList `json:"systems"`
	}
	w.get(t, query, vars{"n": 5, "f": filter, "o": "OCCURRED"}, &out)
	cursor := *out.Events.PageInfo.EndCursor
	w.get(t, `{ claims(first: 5) { pageInfo { endCursor } } systems(first: 5) { pageInfo { endCursor } } }`, nil, &out)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		flipped := slices.Clone(raw)
		flipped[i] ^= 1
		if a := w.ask(t, "auditor", query, vars{"n": 5, "f": filter, "o": "OCCURRED", "after": base64.RawURLEncoding.EncodeToString(flipped)}); a.code() != graph.CodeBadCursor {
			t.Fatalf("byte %d flipped: %s", i, a.body)
		}
	}
	for _, c := range []struct {
		name, who string
		v         vars
		code      string
	}{
		{"its own", "auditor", vars{"after": cursor, "f": filter, "o": "OCCURRED"}, ""},
		{"another page length", "auditor", vars{"after": cursor, "f": filter, "o": "OCCURRED", "n": 77}, ""},
		{"with its tree size", "auditor", vars{"after": cursor, "f": filter, "o": "OCCURRED", "asOf": vars{"size": w.graph.Checkpoint().Size}}, ""},
		{"another tree size", "auditor", vars{"after": cursor, "f": filter, "o": "OCCURRED", "asOf": vars{"size": 300}}, graph.CodeBadCursor},
		{"another viewer", "other", vars{"after": cursor, "f": filter, "o": "OCCURRED"}, graph.CodeBadCursor},
		{"another filter", "auditor", vars{"after": cursor, "f": vars{"kinds": []any{"CONSULT"}}, "o": "OCCURRED"}, graph.CodeBadCursor},
		{"no filter", "auditor", vars{"after": cursor, "o": "OCCURRED"}, graph.CodeBadCursor},
		{"another order", "auditor", vars{"after": cursor, "f": filter}, graph.CodeBadCursor},
		{"of claims", "auditor", vars{"after": *out.Claims.PageInfo.EndCursor}, graph.CodeBadCursor},
		{"of systems", "auditor", vars{"after": *out.Systems.PageInfo.EndCursor}, graph.CodeBadCursor},
		{"made up", "auditor", vars{"after": "AAAA"}, graph.CodeBadCursor},
		{"no base64", "auditor", vars{"after": "%"}, graph.CodeBadCursor},
		{"long", "auditor", vars{"after": strings.Repeat("A", 100_000)}, graph.CodeBadCursor},
		{"empty: the first page", "auditor", vars{"after": ""}, ""},
	} {
		if a := w.ask(t, c.who, query, c.v); a.code() != c.code || a.status != http.StatusOK {
			t.Errorf("%s: %s", c.name, a.body)
		}
	}
	for list, after := range map[string]string{"systems": cursor, "organisations": *out.Systems.PageInfo.EndCursor, "claims": cursor} {
		if a := w.ask(t, "auditor", fmt.Sprintf(`query($a: String) { %s(after: $a) { treeSize } }`, list), vars{"a": after}); a.code() != graph.CodeBadCursor {
			t.Errorf("%s with a cursor of another list: %s", list, a.body)
		}
	}
	if strings.Contains(string(raw), "QUERY") {
		t.Error("a cursor can be read")
	}
}

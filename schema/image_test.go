package schema_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/access"
)

type trail struct {
	Digest struct {
		Value *string `json:"value"`
	} `json:"digest"`
	Pseudonyms []struct {
		Sealer    string `json:"sealer"`
		Pseudonym string `json:"pseudonym"`
	} `json:"pseudonyms"`
	Kinds []struct {
		Kind  string `json:"kind"`
		Count int    `json:"count"`
	} `json:"kinds"`
	Entries    int     `json:"entries"`
	Superseded int     `json:"superseded"`
	FirstSeen  *string `json:"firstSeen"`
	LastSeen   *string `json:"lastSeen"`
	Systems    []struct {
		System struct {
			ID string `json:"id"`
		} `json:"system"`
		Entries int `json:"entries"`
	} `json:"systems"`
	Owners []struct {
		ID string `json:"id"`
	} `json:"owners"`
	Exercise bool      `json:"exercise"`
	TreeSize uint64    `json:"treeSize"`
	Complete bool      `json:"complete"`
	Events   entryList `json:"events"`
}

const trailQuery = `query($digest: String, $pseudonym: ID, $asOf: AsOf) { image(digest: $digest, pseudonym: $pseudonym, asOf: $asOf) {
  digest { value } pseudonyms { sealer pseudonym } kinds { kind count } entries superseded firstSeen lastSeen
  systems { system { id } entries } owners { id } exercise treeSize complete events(first: 300) { nodes { id index } edges { cursor node { index id } } treeSize complete pageInfo { hasNextPage } } } }`

func (w *world) trail(t *testing.T, v vars) *trail {
	t.Helper()
	var out struct {
		Image *trail `json:"image"`
	}
	w.get(t, trailQuery, v, &out)
	return out.Image
}

// What is said of an image is what a pass over the events handed in says, by its digest and by each pseudonym of it.
func TestImages(t *testing.T) {
	w := theWorld(t)
	all := w.entries()
	linked := w.in[len(w.in)-1].Images[0].Digest
	for _, size := range []int{len(all), len(all) / 2} {
		for _, digest := range append(w.someDigests(25), linked) {
			want := filtered(all[:size], has(digestsOf, digest))
			got := w.trail(t, vars{"digest": digest, "asOf": vars{"size": size}})
			if len(want) == 0 {
				if got != nil {
					t.Errorf("%s is not known as of %d: %+v", digest, size, got)
				}
				continue
			}
			if got == nil {
				t.Fatalf("%s is not known as of %d, %d entries name it", digest, size, len(want))
			}
			w.compareTrail(t, got, want, digest)
			if size != len(all) {
				continue
			}
			for _, p := range got.Pseudonyms {
				other := w.trail(t, vars{"pseudonym": p.Pseudonym})
				if other == nil || fmt.Sprint(other.Kinds, other.Systems, other.Owners, other.Pseudonyms, *other.Digest.Value) != fmt.Sprint(got.Kinds, got.Systems, got.Owners, got.Pseudonyms, digest) {
					t.Errorf("by pseudonym %s: %+v, want %+v", p.Pseudonym, other, got)
				}
			}
			if n := len(got.Pseudonyms); digest == linked && n != 2 || digest != linked && n != 1 && !slices.Contains(digestsOf(w.in[len(w.in)-1].Event), digest) && n > 2 {
				t.Errorf("%s has pseudonyms %v", digest, got.Pseudonyms)
			}
		}
	}
	if got := w.trail(t, vars{"digest": "sha256:" + strings.Repeat("0", 64)}); got != nil {
		t.Errorf("an unknown image: %+v", got)
	}
	for name, v := range map[string]vars{"both": {"digest": linked, "pseudonym": strings.Repeat("B", 21) + "A"}, "neither": {}, "no digest": {"digest": "x"}, "no pseudonym": {"pseudonym": "x"}} {
		if a := w.ask(t, "auditor", trailQuery, v); a.code() != graph.CodeBadArgument {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

func (w *world) compareTrail(t *testing.T, got *trail, all []handed, digest string) {
	t.Helper()
	kinds, systems := map[string]int{}, map[string]int{}
	var owners []string
	var first, last event.Time
	exercise := true
	entries := 0
	var listed []uint64
	corrections := filtered(w.in, func(h handed) bool { return h.Kind == event.KindCorrect && h.Index < got.TreeSize })
	for _, h := range all {
		listed = append(listed, h.Index)
		exercise = exercise && h.Exercise
		if supersededBy(corrections, h) {
			continue
		}
		entries++
		kinds[string(h.Kind)]++
		if h.Kind == event.KindLink {
			continue
		}
		if o := h.Occurred; !o.IsZero() {
			if first.IsZero() || o.Earliest < first.Earliest {
				first = o
			}
			if last.IsZero() || o.Latest > last.Latest {
				last = o
			}
		}
		named := []string{h.From.System, h.To.System}
		candidateOnly := true
		for _, i := range h.Images {
			if i.Digest == digest {
				named = append(named, i.System)
				candidateOnly = candidateOnly && i.Role == event.RoleCandidate
			}
		}
		if !candidateOnly {
			for _, d := range h.Databases {
				named = append(named, d.System)
			}
		}
		slices.Sort(named)
		for _, s := range slices.Compact(named) {
			if s != "" {
				systems[s]++
			}
		}
		if h.Owner != "" {
			owners = append(slices.DeleteFunc(owners, func(o string) bool { return o == h.Owner }), h.Owner)
		}
	}
	slices.Reverse(owners)
	gotKinds, gotSystems, gotOwners := map[string]int{}, map[string]int{}, []string{}
	for _, k := range got.Kinds {
		gotKinds[k.Kind] = k.Count
	}
	for _, s := range got.Systems {
		gotSystems[s.System.ID] = s.Entries
	}
	for _, o := range got.Owners {
		gotOwners = append(gotOwners, o.ID)
	}
	if !maps.Equal(gotKinds, kinds) || !maps.Equal(gotSystems, systems) || !slices.Equal(gotOwners, owners) || got.Entries != entries || !got.Complete {
		t.Errorf("%s: %v %v %v %d, want %v %v %v %d", digest, gotKinds, gotSystems, gotOwners, got.Entries, kinds, systems, owners, entries)
	}
	at := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	if at(got.FirstSeen) != first.String() || at(got.LastSeen) != last.String() || got.Digest.Value == nil || *got.Digest.Value != digest {
		t.Errorf("%s: seen %s to %s, want %s to %s", digest, at(got.FirstSeen), at(got.LastSeen), first, last)
	}
	var indexes []uint64
	for _, e := range got.Events.Nodes {
		indexes = append(indexes, e.Index)
	}
	slices.SortStableFunc(listed, cmp.Compare)
	slices.Sort(indexes)
	if !slices.Equal(indexes, listed) || got.Events.TreeSize != got.TreeSize {
		t.Errorf("%s: entries %v, want %v", digest, indexes, listed)
	}
}

// A digest does not travel in a URL.
func TestImageInURL(t *testing.T) {
	w := theWorld(t)
	// Also where it is written so that it does not look like one.
	r, err := http.NewRequest(http.MethodGet, w.url+"?query="+url.QueryEscape(`{ image(digest: "sha256\u003a0") { entries } }`), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(access.PurposeHeader, "integrity")
	if a := w.send(t, "auditor", r); a.code() != "PERSONAL_IN_URL" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A proof as a file is checked offline, and shows the personal values that the viewer sees.
func TestProofFile(t *testing.T) {
	w := theWorld(t)
	h := w.pick(t, "query with a justification", func(h handed) bool { return h.Kind == event.KindQuery && h.Justification != "" })
	var out struct {
		Proof struct {
			Text        string   `json:"text"`
			Disclosures []string `json:"disclosures"`
		} `json:"proof"`
	}
	w.get(t, `query($id: ID!) { proof(event: $id) { text disclosures } }`, vars{"id": h.Entry.String()}, &out)
	vkey, err := graph.VerifierKey(w.dir, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	p, err := graph.ParseProof([]byte(out.Proof.Text), log)
	if err != nil {
		t.Fatal(err)
	}
	if p.Index != h.Index || p.Hash != h.LeafHash || p.Size != w.graph.Checkpoint().Size || !slices.Equal(p.Disclosures, out.Proof.Disclosures) {
		t.Errorf("proof of %d under %d", p.Index, p.Size)
	}
	sk, err := event.ParseSkeleton(p.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Open(sk, p.Disclosures)
	if err != nil || e.Justification != h.Justification || e.Actor.ID != h.Actor.ID {
		t.Errorf("%v: %+v", err, e)
	}
	// The form is that of C2SP tlog-proof: any reader of it finds path and checkpoint.
	lines := strings.Split(out.Proof.Text, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || lines[2] != fmt.Sprint("index ", h.Index) {
		t.Errorf("%q", lines[:3])
	}
	blank := slices.Index(lines, "")
	if n := int64(len(lines[3:blank])); n != int64(len(p.Path)) || tlog.CheckRecord(p.Path, int64(p.Size), p.Head.Root, int64(p.Index), p.Hash) != nil {
		t.Errorf("%d hashes", n)
	}
	// Nothing that was changed passes.
	for name, change := range map[string]func(string) string{
		"another index": func(s string) string { return strings.Replace(s, "\nindex ", "\nindex 1", 1) },
		"a hash less":   func(s string) string { return strings.Replace(s, lines[3]+"\n", "", 1) },
		"another size": func(s string) string {
			return strings.Replace(s, fmt.Sprint("\n", p.Size, "\n"), fmt.Sprint("\n", p.Size-1, "\n"), 1)
		},
		"no checkpoint":   func(s string) string { return s[:strings.Index(s, "\n\n")+1] },
		"another version": func(s string) string { return strings.Replace(s, "@v1", "@v2", 1) },
		"no entry":        func(s string) string { return strings.Replace(s, lines[1]+"\n", "", 1) },
		"another leaf": func(s string) string {
			q := *p
			q.Leaf = []byte(strings.Replace(string(p.Leaf), "QUERY", "ERASE", 1))
			text, err := q.Text()
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		},
	} {
		if _, err := graph.ParseProof([]byte(change(out.Proof.Text)), log); err == nil {
			t.Errorf("%s: the proof still holds", name)
		}
	}
}

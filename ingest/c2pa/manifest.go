package c2pa

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Manifest is one manifest of a store: who claims what about a picture.
type Manifest struct {
	Label     string // "urn:c2pa:…" or "urn:uuid:…"
	Update    bool   // it changes nothing of the picture's content
	Generator string // claim generator, name and version
	Instance  string // of the picture
	Title     string

	Actions     []Action
	Ingredients []Ingredient

	Validation Validation

	box        *superbox
	claim      []byte // CBOR, what is signed
	algorithm  string // of hashes that do not say theirs
	assertions []hashedURI
	redacted   map[string]bool
}

// Action is something that was done to a picture.
type Action struct {
	Name       string // c2pa.created, c2pa.cropped …
	When       time.Time
	SourceType string // IPTC digital source type
}

// Ingredient is a picture that another was made of.
type Ingredient struct {
	Relationship string // parentOf, componentOf, inputTo
	Title        string
	Format       string // media type
	Instance     string
	Manifest     string // label of its manifest in the same store, "" where it has none
}

// hashedURI is a reference into the store.
type hashedURI struct {
	URL  string `cbor:"url"`
	Hash []byte `cbor:"hash"`
	Alg  string `cbor:"alg"`
}

// decoder reads CBOR of foreign hands. Members that are not read are not kept.
var decoder = func() cbor.DecMode {
	m, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 16, MaxArrayElements: 4096, MaxMapPairs: 4096}.DecMode()
	if err != nil {
		panic(err) // constants
	}
	return m
}()

// maxManifests is how many manifests a store may have.
const maxManifests = 256

// manifests reads the manifests of a store. The last one is the active one.
func manifests(store *superbox) ([]*Manifest, error) {
	var out []*Manifest
	seen := map[string]bool{}
	for _, b := range store.super {
		if !strings.HasPrefix(string(b.uuid[:4]), "c2ma") && b.uuid != typeUpdate {
			continue
		}
		if seen[b.label] {
			return nil, malformed("two manifests have the same label")
		}
		if len(out) >= maxManifests {
			return nil, malformed("there are more than %d manifests", maxManifests)
		}
		seen[b.label] = true
		m, err := readManifest(b)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		return nil, malformed("the manifest store has no manifest")
	}
	return out, nil
}

func readManifest(b *superbox) (*Manifest, error) {
	m := &Manifest{Label: b.label, Update: b.uuid == typeUpdate, box: b}
	for _, c := range b.super {
		if c.uuid == typeClaim {
			if m.claim != nil {
				return nil, malformed("a manifest has two claims")
			}
			if m.claim = c.data("cbor"); m.claim == nil {
				return nil, malformed("the claim of a manifest is not CBOR")
			}
		}
	}
	if m.claim == nil {
		return nil, malformed("a manifest has no claim")
	}
	var c struct {
		Alg       string      `cbor:"alg"`
		Generator string      `cbor:"claim_generator"`
		Info      any         `cbor:"claim_generator_info"`
		Instance  string      `cbor:"instanceID"`
		Title     string      `cbor:"dc:title"`
		All       []hashedURI `cbor:"assertions"`         // claim v1
		Created   []hashedURI `cbor:"created_assertions"` // claim v2
		Gathered  []hashedURI `cbor:"gathered_assertions"`
		Redacted  []string    `cbor:"redacted_assertions"`
	}
	if err := decoder.Unmarshal(m.claim, &c); err != nil {
		return nil, malformed("the claim of a manifest cannot be read")
	}
	m.algorithm, m.Instance, m.Title, m.redacted = c.Alg, c.Instance, c.Title, map[string]bool{}
	for _, u := range c.Redacted {
		m.redacted[u] = true
	}
	m.assertions = append(append(c.All, c.Created...), c.Gathered...)
	if m.Generator = named(c.Info); m.Generator == "" {
		m.Generator = c.Generator
	}
	store := b.child("c2pa.assertions")
	if store == nil {
		return m, nil
	}
	for _, a := range store.super {
		if err := m.assertion(a); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// named is "name version" of a map or the first of a list of maps.
func named(v any) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	of, ok := v.(map[any]any)
	if !ok {
		return ""
	}
	name, _ := of["name"].(string)
	version, _ := of["version"].(string)
	return strings.TrimSpace(name + " " + version)
}

// kind is a label without the number that tells equal ones apart, and without its version.
func kind(label string) string {
	label, _, _ = strings.Cut(label, "__")
	for _, v := range []string{".v2", ".v3"} {
		label = strings.TrimSuffix(label, v)
	}
	return label
}

// assertion reads the assertions that are mapped.
func (m *Manifest) assertion(a *superbox) error {
	bad := func() error { return malformed("the assertion %.40q cannot be read", kind(a.label)) }
	text := a.data("cbor")
	switch kind(a.label) {
	case "c2pa.actions":
		var v struct {
			Actions []struct {
				Action     string `cbor:"action"`
				When       any    `cbor:"when"`
				SourceType string `cbor:"digitalSourceType"`
			} `cbor:"actions"`
		}
		if err := decoder.Unmarshal(text, &v); err != nil {
			return bad()
		}
		for _, x := range v.Actions {
			m.Actions = append(m.Actions, Action{Name: x.Action, When: instant(x.When), SourceType: x.SourceType})
		}
	case "c2pa.ingredient":
		var v struct {
			Title        string     `cbor:"dc:title"`
			Format       string     `cbor:"dc:format"`
			Instance     string     `cbor:"instanceID"`
			Relationship string     `cbor:"relationship"`
			Manifest     *hashedURI `cbor:"c2pa_manifest"`
			Active       *hashedURI `cbor:"activeManifest"`
		}
		if err := decoder.Unmarshal(text, &v); err != nil {
			return bad()
		}
		i := Ingredient{Relationship: v.Relationship, Title: v.Title, Format: v.Format, Instance: v.Instance}
		for _, u := range []*hashedURI{v.Manifest, v.Active} {
			if u != nil {
				i.Manifest = manifestOf(u.URL)
				m.Validation.references = append(m.Validation.references, *u)
			}
		}
		m.Ingredients = append(m.Ingredients, i)
	}
	return nil
}

// instant reads a time of CBOR: one of tag 0, or RFC 3339 in text.
func instant(v any) time.Time {
	switch t := v.(type) {
	case time.Time:
		return t.UTC()
	case string:
		if out, err := time.Parse(time.RFC3339, t); err == nil {
			return out.UTC()
		}
	}
	return time.Time{}
}

const uriPrefix = "self#jumbf="

// manifestOf is the label of the manifest that a URI goes to or into.
func manifestOf(uri string) string {
	path, ok := strings.CutPrefix(uri, uriPrefix+"/c2pa/")
	if !ok {
		return ""
	}
	label, _, _ := strings.Cut(path, "/")
	return label
}

// find returns the superbox that a URI of the manifest goes to, nil where there is none.
func (m *Manifest) find(store *superbox, uri string) *superbox {
	path, ok := strings.CutPrefix(uri, uriPrefix)
	if !ok {
		return nil
	}
	at := m.box
	if rest, ok := strings.CutPrefix(path, "/c2pa/"); ok {
		at, path = store, rest
	}
	for name := range strings.SplitSeq(path, "/") {
		if at = at.child(name); at == nil {
			return nil
		}
	}
	return at
}

// newHash is the hash of that name, nil where it is none that claims may use.
func newHash(alg string) hash.Hash {
	switch alg {
	case "sha256", "":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// hashes are those of parts of a store, each computed once: a claim may name the same part thousands of times.
type hashes map[hashKey][]byte

type hashKey struct {
	first *byte // of the part
	len   int
	alg   string
}

// of returns the hash of a part, nil where the algorithm is not known.
func (h hashes) of(b []byte, alg string) []byte {
	if len(b) == 0 {
		return nil // no superbox is
	}
	key := hashKey{&b[0], len(b), alg}
	sum, ok := h[key]
	if x := newHash(alg); !ok && x != nil {
		x.Write(b)
		sum = x.Sum(nil)
		h[key] = sum
	}
	return sum
}

// holds reports whether a part of the store has the hash that a reference to it says, and why not.
func (m *Manifest) holds(u hashedURI, b []byte, known hashes) error {
	alg := u.Alg
	if alg == "" {
		alg = m.algorithm
	}
	switch sum := known.of(b, alg); {
	case sum == nil:
		return errors.New("is hashed by an algorithm that is not known")
	case !bytes.Equal(sum, u.Hash):
		return errors.New("has another hash")
	}
	return nil
}

// claimOf is the claim of a manifest, nil where it has none.
func claimOf(b *superbox) []byte {
	for _, c := range b.super {
		if c.uuid == typeClaim {
			return c.data("cbor")
		}
	}
	return nil
}

// known is a label as it may be told: those of the specification as they are, any other by what it is.
func known(label string) string {
	if label = kind(label); strings.HasPrefix(label, "c2pa.") && len(label) < 40 && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789._") == "" {
		return label
	}
	return "one"
}

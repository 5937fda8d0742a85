package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Trusted are documents that the operator knows, by the SHA-256 of their text. A request may name one by its hash
// instead of sending the text, as documentId (GraphQL over HTTP, appendix A: Persisted Documents) or as
// extensions.persistedQuery.sha256Hash, and a server may be told to answer no others. A request cannot add to them.
type Trusted struct {
	texts map[string]string // by lower-case hex
}

// ReadTrusted reads them from a directory, each *.graphql in it and below it is one, or from a JSON object of hashes to
// texts, as builders of clients write it. A hash that is not that of its text is an error.
func ReadTrusted(path string) (*Trusted, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("trusted documents: %w", err)
	}
	t := &Trusted{texts: map[string]string{}}
	if info.IsDir() {
		err = t.readDir(path)
	} else {
		err = t.readManifest(path)
	}
	if err != nil {
		return nil, fmt.Errorf("trusted documents: %w", err)
	}
	if len(t.texts) == 0 {
		return nil, fmt.Errorf("trusted documents: there are none in %s", path)
	}
	return t, nil
}

func (t *Trusted) readDir(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".graphql" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		t.texts[hashOf(string(text))] = string(text)
		return nil
	})
}

func (t *Trusted) readManifest(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var manifest map[string]string
	if err := json.Unmarshal(data, &manifest); err != nil {
		return fmt.Errorf("%s is not a JSON object of hashes to texts: %w", path, err)
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(manifest)) {
		text := manifest[id]
		if hash := hashOf(text); bareHash(id) != hash {
			errs = append(errs, fmt.Errorf("%s: %q is not the SHA-256 of its text, which is %s", path, id, hash))
			continue
		}
		t.texts[bareHash(id)] = text
	}
	return errors.Join(errs...)
}

// Len returns how many there are.
func (t *Trusted) Len() int { return len(t.texts) }

// check reports the documents that the schema does not answer.
func (t *Trusted) check(h *Handler) error {
	var errs []error
	for _, hash := range slices.Sorted(maps.Keys(t.texts)) {
		text := t.texts[hash]
		_, err := parse(text)
		for _, e := range h.schema.Validate(text) {
			if e.Rule != "VariablesOfCorrectType" { // whose values come with each request
				err = e
				break
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("trusted document %s: %w", hash, err))
		}
	}
	return errors.Join(errs...)
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// bareHash returns the hash of an id, which may say how it is hashed.
func bareHash(id string) string { return strings.ToLower(strings.TrimPrefix(id, "sha256:")) }

// documentID returns the hash that a request names its document by, "" for none.
func (r *Request) documentID() string {
	if r.DocumentID != "" {
		return bareHash(r.DocumentID)
	}
	persisted, _ := r.Extensions["persistedQuery"].(map[string]any)
	hash, _ := persisted["sha256Hash"].(string)
	return bareHash(hash)
}

var (
	errNoQuery   = &coded{codeBadRequest, "there is no query"}
	errDocument  = &coded{"PERSISTED_QUERY_NOT_FOUND", "the server has no document of this hash: send its text, or have the operator add it"}
	errUntrusted = &coded{"UNTRUSTED_DOCUMENT", "this server answers the documents alone that its operator knows, by their hash or their text"}
	errHash      = &coded{codeBadRequest, "the document's hash is not that of the query"}
)

// resolve puts the text of the document that a request names in its place, and refuses what the server is told not to
// answer.
func (h *Handler) resolve(r *Request) *coded {
	known := func(hash string) (text string, ok bool) {
		if h.options.Trusted != nil {
			text, ok = h.options.Trusted.texts[hash]
		}
		if !ok {
			text, ok = saved()[hash]
		}
		return text, ok
	}
	id := r.documentID()
	switch text, ok := known(id); {
	case id != "" && r.Query == "" && !ok:
		return errDocument
	case id != "" && r.Query == "":
		r.Query = text
		return nil
	case id != "" && hashOf(r.Query) != id:
		return errHash
	case strings.TrimSpace(r.Query) == "":
		return errNoQuery
	}
	if _, ok := known(hashOf(r.Query)); h.options.TrustedOnly && !ok {
		return errUntrusted
	}
	return nil
}

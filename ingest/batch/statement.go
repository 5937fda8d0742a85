package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// The types that name what an envelope holds.
const (
	PayloadInToto = "application/vnd.in-toto+json"         // an in-toto Statement
	PayloadEvent  = "application/vnd.lichtspur.event+json" // one native event

	StatementType  = "https://in-toto.io/Statement/v1"
	PredicateBatch = "https://github.com/lichtspur/lichtspur/batch/v1"
	PredicateLeaf  = "https://github.com/lichtspur/lichtspur/leaf/v1"
	PredicateEvent = "https://github.com/lichtspur/lichtspur/event/v1"
)

// MaxSequence is the highest sequence number: the largest integer that every JSON reader holds exactly.
const MaxSequence = 1<<53 - 1

// Statement is what a source signs about a batch.
type Statement struct {
	Source   string
	Sealer   string
	Sequence int64  // from 1
	Previous string // statement digest of the batch before, "" for the first
	From, To time.Time
	Count    int64
	Root     tlog.Hash
	Leaf     *[32]byte // plain SHA-256 of the only leaf where one leaf is signed, nil for a batch
}

// Digest returns the name of a statement, "sha256:" and the hex of SHA-256 over the payload as signed.
func Digest(payload []byte) string {
	sum := sha256.Sum256(payload)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// resource is the part of in-toto's ResourceDescriptor that is read here.
type resource struct {
	Name   string            `json:"name,omitzero"`
	Digest map[string]string `json:"digest"`
}

// statement is an in-toto Statement v1.
type statement struct {
	Type          string         `json:"_type"`
	Subject       []resource     `json:"subject"`
	PredicateType string         `json:"predicateType"`
	Predicate     jsontext.Value `json:"predicate"`
}

type predicate struct {
	Source   string    `json:"source"`
	Sealer   string    `json:"sealer"`
	Sequence int64     `json:"sequence"`
	Previous string    `json:"previous,omitzero"`
	Period   period    `json:"period"`
	Count    int64     `json:"count"`
	Root     tlog.Hash `json:"root"`
}

type period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Marshal returns the statement as it is signed. It always gives the same bytes.
func (s *Statement) Marshal() ([]byte, error) {
	p, err := json.Marshal(predicate{
		Source: s.Source, Sealer: s.Sealer, Sequence: s.Sequence, Previous: s.Previous,
		Period: period{s.From.UTC(), s.To.UTC()}, Count: s.Count, Root: s.Root,
	})
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	about := resource{Name: fmt.Sprintf("%s/%d", s.Source, s.Sequence), Digest: map[string]string{digestRoot: hex.EncodeToString(s.Root[:])}}
	kind := PredicateBatch
	if s.Leaf != nil {
		about.Digest = map[string]string{digestPlain: hex.EncodeToString(s.Leaf[:])}
		kind = PredicateLeaf
	}
	return json.Marshal(statement{StatementType, []resource{about}, kind, p})
}

// The names of digests in a subject.
const (
	digestRoot  = "rfc6962"
	digestPlain = "sha256"
)

// ParseStatement reads the statement of a batch or of one leaf and checks everything that it says about itself. The
// error is an [*Error] with code UNSUPPORTED_STATEMENT or BAD_STATEMENT.
func ParseStatement(payload []byte) (*Statement, error) {
	st, err := parseInToto(payload)
	if err != nil {
		return nil, err
	}
	if st.PredicateType != PredicateBatch && st.PredicateType != PredicateLeaf {
		return nil, refuse(Unsupported, "predicate type %.100q; batches have %q, single leaves %q", st.PredicateType, PredicateBatch, PredicateLeaf)
	}
	var p predicate
	if err := json.Unmarshal(st.Predicate, &p, json.RejectUnknownMembers(true)); err != nil {
		return nil, refuse(BadStatement, "predicate").because(err)
	}
	s := &Statement{
		Source: p.Source, Sealer: p.Sealer, Sequence: p.Sequence, Previous: p.Previous,
		From: p.Period.From.UTC(), To: p.Period.To.UTC(), Count: p.Count, Root: p.Root,
	}
	switch {
	case !event.ValidSlug(s.Source):
		return nil, refuse(BadStatement, "source %.80q is not an id", s.Source)
	case s.Sealer != s.Source:
		return nil, refuse(BadStatement, "sealer is %.80q; a source seals with pseudonyms of its own, so it must be %q", s.Sealer, s.Source)
	case s.Sequence < 1 || s.Sequence > MaxSequence:
		return nil, refuse(BadStatement, "sequence number %d; the first is 1", s.Sequence)
	case s.Previous != "" && !validDigest(s.Previous):
		return nil, refuse(BadStatement, `previous %.80q is not "sha256:" and 64 hex digits`, s.Previous)
	case s.From.IsZero() || s.To.IsZero():
		return nil, refuse(BadStatement, "the period lacks its beginning or end")
	case s.To.Before(s.From):
		return nil, refuse(BadStatement, "the period ends %v before it begins", s.From.Sub(s.To))
	case s.Count < 0 || s.Count > MaxSequence:
		return nil, refuse(BadStatement, "count %d", s.Count)
	case len(st.Subject) != 1:
		return nil, refuse(BadStatement, "%d subjects; there must be one", len(st.Subject))
	}
	about := st.Subject[0].Digest
	if st.PredicateType == PredicateBatch {
		if about[digestRoot] != hex.EncodeToString(s.Root[:]) {
			return nil, refuse(BadStatement, "the subject's digest %q is not the root in the predicate, in lower-case hex", digestRoot)
		}
		return s, nil
	}
	var leaf [32]byte
	if n, err := hex.Decode(leaf[:], []byte(fit(about[digestPlain], 64))); err != nil || n != len(leaf) {
		return nil, refuse(BadStatement, "the subject has no digest %q of 64 hex digits", digestPlain)
	}
	if s.Count != 1 {
		return nil, refuse(BadStatement, "count %d; a statement about one leaf has 1", s.Count)
	}
	s.Leaf = &leaf
	return s, nil
}

// parseInToto reads the frame of an in-toto Statement. Unknown members are ignored, as its parsing rules want it.
func parseInToto(payload []byte) (*statement, error) {
	var st statement
	if err := json.Unmarshal(payload, &st); err != nil {
		return nil, refuse(BadStatement, "not an in-toto Statement").because(err)
	}
	if st.Type != StatementType {
		return nil, refuse(Unsupported, "statement type %.100q; wanted %q", st.Type, StatementType)
	}
	if st.Predicate.Kind() != '{' {
		return nil, refuse(BadStatement, "the statement has no predicate")
	}
	return &st, nil
}

func validDigest(s string) bool {
	const prefix = "sha256:"
	if len(s) != len(prefix)+64 || s[:len(prefix)] != prefix {
		return false
	}
	for _, c := range s[len(prefix):] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// fit returns s if it is n bytes long, so that a longer one never overruns what it is decoded into.
func fit(s string, n int) string {
	if len(s) != n {
		return ""
	}
	return s
}

// treeRoot returns the RFC 6962 root over leaf hashes (section 2.1). It keeps the roots of the complete subtrees so
// far, largest first: one for every bit of the number of leaves.
func treeRoot(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 0 {
		return tlog.Hash(sha256.Sum256(nil))
	}
	var complete []tlog.Hash
	for i, h := range leaves {
		for n := i; n&1 == 1; n >>= 1 {
			h = tlog.NodeHash(complete[len(complete)-1], h)
			complete = complete[:len(complete)-1]
		}
		complete = append(complete, h)
	}
	root := complete[len(complete)-1]
	for i := len(complete) - 2; i >= 0; i-- {
		root = tlog.NodeHash(complete[i], root)
	}
	return root
}

package event

import (
	"bytes"
	"fmt"
	"strings"
)

// ParseSkeleton reads a leaf, strictly: it must be the very bytes that its skeleton has in canonical form, have what
// every leaf has (version, sealer, source, entry, digests in order) and no personal value in the clear. The error is a
// *ParseError. Whether the event makes sense is for [CheckDisclosures] to say, of leaves that come from outside.
//
// The strings of the skeleton are parts of one copy of the leaf: whoever keeps one of them for long clones it.
func ParseSkeleton(leaf []byte) (*Skeleton, error) {
	if sk := readLeaf(leaf); sk != nil {
		return sk, nil
	}
	return parseLeaf(leaf)
}

// parseLeaf is ParseSkeleton by definition, where [readLeaf] is by construction: it reads the leaf as any JSON, writes
// the canonical form and compares. It says what is wrong with a text that is no leaf, and is what readLeaf is tested by.
func parseLeaf(leaf []byte) (*Skeleton, error) {
	sk := new(Skeleton)
	if err := parse(leaf, sk, MaxLeaf); err != nil {
		return nil, err
	}
	w := writers.Get().(*writer)
	defer writers.Put(w)
	w.reset(false)
	w.event(&sk.Event, sk)
	if w.err != nil || !bytes.Equal(w.b, leaf) {
		return nil, &ParseError{ParseNotCanonical, int64(common(w.b, leaf)), "", "the leaf is not in canonical form (RFC 8785)"}
	}
	if err := sk.check(); err != nil {
		return nil, err
	}
	var clear []byte
	sk.slots(func(p slot) {
		if *p.value != "" && clear == nil {
			clear = p.appendName(nil)
		}
	})
	if clear != nil {
		return nil, badLeaf(string(clear), "a personal value stands in the clear")
	}
	return sk, nil
}

func badLeaf(path, message string) *ParseError { return &ParseError{ParseBadLeaf, 0, path, message} }

// check says what the skeleton lacks that every leaf has, nil for nothing.
func (sk *Skeleton) check() *ParseError {
	switch {
	case sk.Version != SkeletonVersion:
		return badLeaf("/v", fmt.Sprintf("version %d is expected", SkeletonVersion))
	case !ValidSlug(sk.Sealer):
		return badLeaf("/sealer", "the id of a sealer is expected")
	case !ValidSlug(sk.Source):
		return badLeaf("/source", "the id of a source is expected")
	case sk.Entry.IsZero():
		return badLeaf("/entry", "an entry id is expected")
	case !sk.Kind.Valid():
		return badLeaf("/kind", "there is no such kind")
	}
	for i, d := range sk.Digests {
		if !validSum(d) {
			return badLeaf(fmt.Sprintf("/_sd/%d", i), "a SHA-256 digest in base64url is expected")
		}
		if i > 0 && sk.Digests[i-1] >= d {
			return badLeaf(fmt.Sprintf("/_sd/%d", i), "digests are sorted, and each is there once")
		}
	}
	if len(sk.Present) != len(sk.Digests) {
		return badLeaf("/sealed", "each digest is that of one sealed value")
	}
	for i, name := range sk.Present {
		if _, ok := sk.slot(name); !ok {
			return badLeaf(fmt.Sprintf("/sealed/%d", i), "this names no sealed field that the leaf has room for")
		}
		if i > 0 && sk.Present[i-1] >= name {
			return badLeaf(fmt.Sprintf("/sealed/%d", i), "pointers are sorted, and each is there once")
		}
	}
	return nil
}

// common is the length of the longest common start of a and b.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// validSum reports whether s is 32 bytes in base64url: 43 characters, the last of which has no bits beyond them.
func validSum(s string) bool {
	if len(s) != digestChars {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !inBase64URL[s[i]] {
			return false
		}
	}
	return strings.IndexByte("AEIMQUYcgkosw048", s[len(s)-1]) >= 0
}

// inBase64URL is a table since most of a leaf's bytes are those of digests.
var inBase64URL = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		set[c] = true
	}
	return set
}()

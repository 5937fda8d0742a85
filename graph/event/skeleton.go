package event

import (
	"bytes"
	"fmt"
	"strings"
)

// ParseSkeleton reads a leaf, strictly: it must be the very bytes that its skeleton has in canonical form, have what
// every leaf has (version, sealer, source, entry, digests in order) and no personal value in the clear. The error is a
// *ParseError. Whether the event makes sense is for [CheckDisclosures] to say, of leaves that come from outside.
func ParseSkeleton(leaf []byte) (*Skeleton, error) {
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
	bad := func(path, message string) (*Skeleton, error) {
		return nil, &ParseError{ParseBadLeaf, 0, path, message}
	}
	switch {
	case sk.Version != SkeletonVersion:
		return bad("/v", fmt.Sprintf("version %d is expected", SkeletonVersion))
	case !ValidSlug(sk.Sealer):
		return bad("/sealer", "the id of a sealer is expected")
	case !ValidSlug(sk.Source):
		return bad("/source", "the id of a source is expected")
	case sk.Entry.IsZero():
		return bad("/entry", "an entry id is expected")
	case !sk.Kind.Valid():
		return bad("/kind", "there is no such kind")
	}
	for i, d := range sk.Digests {
		if !validSum(d) {
			return bad(fmt.Sprintf("/_sd/%d", i), "a SHA-256 digest in base64url is expected")
		}
		if i > 0 && sk.Digests[i-1] >= d {
			return bad(fmt.Sprintf("/_sd/%d", i), "digests are sorted, and each is there once")
		}
	}
	if len(sk.Present) != len(sk.Digests) {
		return bad("/sealed", "each digest is that of one sealed value")
	}
	for i, name := range sk.Present {
		if _, ok := sk.slot(name); !ok {
			return bad(fmt.Sprintf("/sealed/%d", i), "this names no sealed field that the leaf has room for")
		}
		if i > 0 && sk.Present[i-1] >= name {
			return bad(fmt.Sprintf("/sealed/%d", i), "pointers are sorted, and each is there once")
		}
	}
	var clear []byte
	sk.slots(func(p slot) {
		if *p.value != "" && clear == nil {
			clear = p.appendName(nil)
		}
	})
	if clear != nil {
		return bad(string(clear), "a personal value stands in the clear")
	}
	return sk, nil
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
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return strings.IndexByte("AEIMQUYcgkosw048", s[len(s)-1]) >= 0
}

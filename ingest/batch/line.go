package batch

import (
	"bytes"
	"encoding/base64"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/graph/event"
)

// leafLine is a leaf's line taken apart. leaf shares memory with the line.
type leafLine struct {
	leaf        []byte
	hash        tlog.Hash
	disclosures []string
}

// appendLine appends a leaf's line. The leaf is JSON already, hash and disclosures are base64: nothing needs escaping.
func appendLine(dst, leaf []byte, hash tlog.Hash, ds []event.Disclosure) []byte {
	dst = append(dst, lineLeaf...)
	dst = append(dst, leaf...)
	dst = append(dst, lineHash...)
	dst = base64.StdEncoding.AppendEncode(dst, hash[:])
	dst = append(dst, '"')
	if len(ds) > 0 {
		dst = append(dst, lineDisclosures...)
		for i := range ds {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '"')
			dst = append(dst, ds[i].Encoded...)
			dst = append(dst, '"')
		}
		dst = append(dst, ']')
	}
	return append(dst, "}\n"...)
}

const (
	lineLeaf        = `{"leaf":`
	lineHash        = `,"hash":"`
	lineDisclosures = `,"disclosures":[`
)

// decodeLine takes a leaf's line apart. A line in the very form that [appendLine] writes, which is nearly every one,
// is cut at its marks; any other goes through the JSON parser. What the leaf itself looks like is for
// event.ParseSkeleton to say, which reads it strictly.
func decodeLine(line []byte) (leafLine, *Error) {
	l, ok := cutLine(line)
	if !ok {
		var refusal *Error
		if l, refusal = parseLine(line); refusal != nil {
			return leafLine{}, refusal
		}
	}
	if len(l.leaf) > event.MaxLeaf {
		return leafLine{}, refuse(TooLarge, "a leaf of %d bytes; at most %d", len(l.leaf), event.MaxLeaf)
	}
	return l, nil
}

func parseLine(line []byte) (leafLine, *Error) {
	var raw struct {
		Leaf        jsontext.Value `json:"leaf"`
		Hash        string         `json:"hash"`
		Disclosures []string       `json:"disclosures"`
	}
	if err := json.Unmarshal(line, &raw, json.RejectUnknownMembers(true)); err != nil {
		return leafLine{}, refuse(Malformed, "not a leaf's line").because(err)
	}
	if raw.Leaf.Kind() != '{' {
		return leafLine{}, refuse(Malformed, `member "leaf" is not an object`)
	}
	l := leafLine{leaf: raw.Leaf, disclosures: raw.Disclosures}
	if !decodeHash(&l.hash, []byte(raw.Hash)) {
		return leafLine{}, refuse(Malformed, `member "hash" is not base64 of 32 bytes`)
	}
	return l, nil
}

// hashChars is the length of a hash in base64.
const hashChars = 44

var strictBase64 = base64.StdEncoding.Strict()

func decodeHash(h *tlog.Hash, text []byte) bool {
	var sum [33]byte // Decode wants room for whole groups of three
	if len(text) != hashChars {
		return false
	}
	n, err := strictBase64.Decode(sum[:], text)
	copy(h[:], sum[:])
	return err == nil && n == len(h)
}

// cutLine takes a line apart that is in the form of [appendLine]; of any other it says so.
func cutLine(line []byte) (l leafLine, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(lineLeaf))
	if !ok {
		return l, false
	}
	end := objectEnd(rest)
	if end < 0 {
		return l, false
	}
	l.leaf, rest = rest[:end:end], rest[end:]
	if rest, ok = bytes.CutPrefix(rest, []byte(lineHash)); !ok || len(rest) < hashChars+2 || !decodeHash(&l.hash, rest[:hashChars]) {
		return l, false
	}
	if rest = rest[hashChars:]; rest[0] != '"' || rest[len(rest)-1] != '}' {
		return l, false
	}
	rest = rest[1 : len(rest)-1]
	if len(rest) == 0 {
		return l, true
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(lineDisclosures)); !ok || len(rest) < 3 || rest[len(rest)-1] != ']' {
		return l, false
	}
	// One string for all: they are read, and dropped, together.
	return l, cutStrings(&l.disclosures, string(rest[:len(rest)-1]))
}

// cutStrings cuts a list of JSON strings in base64url, which have no escapes.
func cutStrings(list *[]string, s string) bool {
	const most = 64
	out := make([]string, 0, 16)
	for {
		if len(s) < 2 || s[0] != '"' || len(out) == most {
			return false
		}
		n := 1
		for n < len(s) && isBase64URL[s[n]] {
			n++
		}
		if n == len(s) || s[n] != '"' {
			return false
		}
		out, s = append(out, s[1:n]), s[n+1:]
		if s == "" {
			*list = out
			return true
		}
		if s[0] != ',' {
			return false
		}
		s = s[1:]
	}
}

var isBase64URL = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		is[c] = true
	}
	return is
}()

// objectEnd returns where the object that b begins with ends, or -1. It follows braces and strings only.
func objectEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		}
		if depth == 0 {
			return -1
		}
	}
	return -1
}

package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBytes is the largest native event that Parse reads. The leaf is smaller still ([MaxLeaf]); the rest is room
// for personal values and for white space.
const MaxBytes = 256 << 10

// MaxDepth is how deep objects and lists may be nested. An event has four levels; what is deeper than this is named
// as such instead of as the first field that does not fit.
const MaxDepth = 16

// The codes of a [ParseError].
const (
	ParseEmpty         = "EMPTY_INPUT"    // nothing but white space
	ParseTooLarge      = "TOO_LARGE"      // more than MaxBytes
	ParseTooDeep       = "TOO_DEEP"       // nested deeper than MaxDepth
	ParseTruncated     = "TRUNCATED"      // the text ends too early
	ParseSyntax        = "SYNTAX"         // not JSON
	ParseEncoding      = "ENCODING"       // not UTF-8, or a lone surrogate
	ParseTrailing      = "TRAILING_DATA"  // something follows the event
	ParseDuplicateName = "DUPLICATE_NAME" // a name twice in one object
	ParseUnknownName   = "UNKNOWN_NAME"   // a name that no field has
	ParseWrongType     = "WRONG_TYPE"     // a value of another JSON type, a fraction, or a number out of range
	ParseNull          = "NULL"           // null: an empty field is left out, a withheld one named in withheld
	ParseBadTime       = "BAD_TIME"       // not a time
	ParseBadPseudonym  = "BAD_PSEUDONYM"  // not a pseudonym or entry id
	ParseNotCanonical  = "NOT_CANONICAL"  // a leaf that is not in canonical form
	ParseBadLeaf       = "BAD_LEAF"       // a leaf without what every leaf has
)

// ParseError says what is wrong with bytes that are no event. Message does not repeat them.
type ParseError struct {
	Code    string
	Offset  int64  // in bytes from the start of the text
	Path    string // JSON pointer, as far as it could be told
	Message string
}

// Error implements error.
func (e *ParseError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s at byte %d: %s", e.Code, e.Offset, e.Message)
	}
	return fmt.Sprintf("%s at byte %d (%s): %s", e.Code, e.Offset, e.Path, e.Message)
}

var strict = json.RejectUnknownMembers(true)

// Parse reads one native event from one JSON object, strictly: unknown and duplicate names, null, invalid UTF-8,
// fractions and anything after the object are errors, all of type *ParseError. It does not validate: see
// [Event.Validate].
func Parse(data []byte) (*Event, error) {
	e := new(Event)
	if err := parse(data, e, MaxBytes); err != nil {
		return nil, err
	}
	return e, nil
}

func parse(data []byte, into any, limit int) error {
	if len(data) > limit {
		return &ParseError{ParseTooLarge, int64(limit), "", fmt.Sprintf("%d bytes, at most %d are read", len(data), limit)}
	}
	if err := json.Unmarshal(data, into, strict); err != nil {
		return describe(data, err)
	}
	// json takes null for any zero value. The word hardly ever occurs, so the look for it costs next to nothing.
	if bytes.Contains(data, []byte("null")) {
		return findNull(data)
	}
	return nil
}

// describe turns an error of the JSON package into one with a stable code and without values of the input.
func describe(data []byte, err error) *ParseError {
	if at := tooDeep(data); at >= 0 {
		return &ParseError{ParseTooDeep, int64(at), "", fmt.Sprintf("nested deeper than %d", MaxDepth)}
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		p := &ParseError{ParseSyntax, syntactic.ByteOffset, clip(string(syntactic.JSONPointer)), "this is not JSON"}
		switch {
		case len(bytes.TrimSpace(data)) == 0:
			p.Code, p.Message = ParseEmpty, "there is nothing here"
		case errors.Is(err, io.ErrUnexpectedEOF):
			p.Code, p.Message = ParseTruncated, "the text ends before the event does"
		case errors.Is(err, jsontext.ErrDuplicateName):
			p.Code, p.Message = ParseDuplicateName, "this name is there twice"
		case badEncoding(data, syntactic.ByteOffset):
			p.Code, p.Message = ParseEncoding, "this is not UTF-8"
		case trailing(data, syntactic.ByteOffset):
			p.Code, p.Message = ParseTrailing, "one JSON object is expected, something follows it"
		}
		return p
	}
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return &ParseError{ParseSyntax, 0, "", "this cannot be read"}
	}
	p := &ParseError{ParseWrongType, semantic.ByteOffset, clip(string(semantic.JSONPointer)), "a value of another type is expected"}
	switch {
	case errors.Is(err, json.ErrUnknownName):
		p.Code, p.Message = ParseUnknownName, "an event has no such field"
	case semantic.GoType == timeType && semantic.JSONKind == '"':
		p.Code, p.Message = ParseBadTime, fmt.Sprint(semantic.Err)
	case semantic.GoType == pseudonymType && semantic.JSONKind == '"':
		p.Code, p.Message = ParseBadPseudonym, "22 characters of base64url are expected"
	case p.Path == "":
		p.Message = "one JSON object is expected"
	}
	return p
}

var (
	timeType      = reflect.TypeFor[Time]()
	pseudonymType = reflect.TypeFor[Pseudonym]()
)

// tooDeep returns the offset of the first bracket that opens more than MaxDepth levels, or -1.
func tooDeep(data []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

// badEncoding reports whether what stands at the offset is a byte sequence that is not UTF-8, or the escape of a
// surrogate without its other half.
func badEncoding(data []byte, offset int64) bool {
	if !utf8.Valid(data) {
		return true
	}
	at := data[min(int(offset), len(data)):]
	return len(at) > 3 && at[0] == '\\' && at[1] == 'u' && (at[2] == 'd' || at[2] == 'D') && at[3] >= '8'
}

// trailing reports whether a whole JSON value ends before the offset.
func trailing(data []byte, offset int64) bool {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if err := d.SkipValue(); err != nil {
		return false
	}
	return d.InputOffset() <= offset
}

// findNull returns the error for the first null of well-formed JSON; the four letters inside of a string are none.
func findNull(data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return nil // io.EOF: the text has been read before
		}
		if t.Kind() == 'n' {
			return &ParseError{ParseNull, d.InputOffset() - 4, clip(string(d.StackPointer())),
				"null is not taken: leave an empty field out, name a withheld one in withheld"}
		}
	}
}

// clip keeps a path that a hostile text made long from filling an answer.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

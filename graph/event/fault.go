package event

import "strings"

// Fault is one thing wrong with an event. Code is stable, for programs; Problem and Remedy are for people. Neither
// repeats a personal value.
type Fault struct {
	Code    string `json:"code"`
	Path    string `json:"path"` // JSON pointer into the event, "" for the whole of it
	Problem string `json:"problem"`
	Remedy  string `json:"remedy"`
}

// Faults is everything wrong with an event. An empty list is no error; compare its length, not nil.
type Faults []Fault

// Error implements error.
func (f Faults) Error() string {
	var b strings.Builder
	for i, x := range f {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(x.Code)
		if x.Path != "" {
			b.WriteString(" at ")
			b.WriteString(x.Path)
		}
		b.WriteString(": ")
		b.WriteString(x.Problem)
	}
	return b.String()
}

// The codes of faults. They are part of the interface: a code is never renamed or given another meaning.
const (
	FaultRequired           = "REQUIRED"             // a field that the kind needs is missing
	FaultForbidden          = "FORBIDDEN"            // a field that the kind does not know is there
	FaultUnknownKind        = "UNKNOWN_KIND"         // no such kind
	FaultKindReserved       = "KIND_RESERVED"        // only the log itself writes this kind
	FaultLogOnly            = "LOG_ONLY"             // only the log itself writes this field
	FaultPseudonymGiven     = "PSEUDONYM_GIVEN"      // a native event has no pseudonyms: sealing assigns them
	FaultVocabulary         = "NOT_IN_VOCABULARY"    // not a member of the field's vocabulary
	FaultSlug               = "BAD_SLUG"             // not an identifier as catalog entries have
	FaultToken              = "BAD_TOKEN"            // not a reference: letters, digits and . _ : / -
	FaultLine               = "BAD_LINE"             // too long, or with control characters
	FaultText               = "BAD_TEXT"             // too long, or with control characters
	FaultDigest             = "BAD_DIGEST"           // not "sha256:" and 64 lower-case hex digits
	FaultCountry            = "BAD_COUNTRY"          // not an ISO 3166-1 alpha-2 code
	FaultMediaType          = "BAD_MEDIA_TYPE"       // not type/subtype in lower case
	FaultDuration           = "BAD_DURATION"         // not a duration of the form the field has
	FaultRange              = "OUT_OF_RANGE"         // a number outside of the field's range
	FaultRepeated           = "REPEATED"             // the same member of a list twice
	FaultEmpty              = "EMPTY"                // a part that says nothing
	FaultConflict           = "CONFLICT"             // two fields that exclude each other
	FaultWithheldPresent    = "WITHHELD_BUT_PRESENT" // a field is named as withheld and yet there
	FaultUnknownField       = "UNKNOWN_FIELD"        // a pointer that names no field of an event
	FaultImageRole          = "BAD_IMAGE_ROLE"       // an image role that the kind does not know, or one missing
	FaultDeclaration        = "BAD_DECLARATION"      // not exactly the part that the declaration's type names
	FaultLeafTooLarge       = "LEAF_TOO_LARGE"       // the skeleton is larger than an entry bundle can carry
	FaultDisclosureForm     = "BAD_DISCLOSURE"       // not base64url of the canonical [salt, name, value]
	FaultDisclosureSalt     = "BAD_SALT"             // less than 128 bits of salt, or a salt used twice
	FaultDisclosureName     = "BAD_DISCLOSURE_NAME"  // names no sealed field that the leaf has room for
	FaultDisclosureRepeated = "DISCLOSURE_REPEATED"  // the same value disclosed twice
	FaultDisclosureUnknown  = "DISCLOSURE_UNKNOWN"   // its digest is not in the leaf
	FaultDisclosureMissing  = "DISCLOSURE_MISSING"   // a digest of the leaf, or a pseudonym, without its disclosure
	FaultPseudonymMissing   = "PSEUDONYM_MISSING"    // a personal value without the pseudonym of whom it is about
)

// Error implements error.
func (f Fault) Error() string { return Faults{f}.Error() }

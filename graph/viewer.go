package graph

import (
	"fmt"
	"strings"
)

// Role is what a viewer may do. The scope of each role is applied inside the iterators, before limits and counts.
type Role string

// The roles.
const (
	Oversight Role = "oversight" // sees every entry
	DPO       Role = "dpo"       // sees what its organisations took part in, the trails of images that they own, and what is public
	Reporter  Role = "reporter"  // sees the receipts and the quarantine of its own source and nothing else
	Operator  Role = "operator"  // sees how the log and its sources are, and the catalog with its keys; no entries
)

// Roles lists the roles.
func Roles() []Role { return []Role{Oversight, DPO, Reporter, Operator} }

// Purpose is why a viewer reads (LED Art. 25(2) names what logs may be used for).
type Purpose string

// The purposes.
const (
	LawfulnessCheck    Purpose = "LAWFULNESS_CHECK"    // verification of the lawfulness of processing, by the authority
	SelfMonitoring     Purpose = "SELF_MONITORING"     // by the controller's own data-protection officer
	Integrity          Purpose = "INTEGRITY"           // ensuring integrity and security of the data
	CriminalProceeding Purpose = "CRIMINAL_PROCEEDING" // for criminal proceedings
	SubjectAccess      Purpose = "SUBJECT_ACCESS"      // answering a data subject (BDSG § 57, GDPR Art. 15)
	Parliamentary      Purpose = "PARLIAMENTARY"       // answering a parliament or its oversight body
	Reporting          Purpose = "REPORTING"           // a source looking up its own receipts
	Demonstration      Purpose = "DEMONSTRATION"       // showing exercise data and the public record
)

// Purposes lists the vocabulary of purposes.
func Purposes() []Purpose {
	return []Purpose{LawfulnessCheck, SelfMonitoring, Integrity, CriminalProceeding, SubjectAccess, Parliamentary, Reporting, Demonstration}
}

// Viewer is who reads, in which role, and why.
type Viewer struct {
	Name          string   // of the token or account; no secret
	Role          Role     //
	Organisations []string // that the viewer belongs to, ids or aliases; a dpo sees what these took part in
	Source        string   // of a reporter: its source
	Purpose       Purpose  //
	PurposeText   string   // free text beside it: a file number, a resolution
}

// ParsePurpose reads a purpose as it stands in the Lichtspur-Purpose header and the --purpose flag: a member of
// the vocabulary (case and "-" or "_" do not matter), optionally followed by ";" or ":" and free text.
func ParsePurpose(s string) (Purpose, string, error) {
	word, text := s, ""
	if i := strings.IndexAny(s, ";:"); i >= 0 {
		word, text = s[:i], strings.TrimSpace(s[i+1:])
	}
	p := Purpose(strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(word), "-", "_")))
	if p == "" {
		return "", "", &Error{Code: CodeNoPurpose, Message: "no purpose was given; name one of " + purposeList()}
	}
	for _, q := range Purposes() {
		if p == q {
			return p, text, nil
		}
	}
	return "", "", &Error{Code: CodeNoPurpose, Message: fmt.Sprintf("%q is no purpose; name one of %s", word, purposeList())}
}

func purposeList() string {
	var names []string
	for _, p := range Purposes() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

func roleList(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// check says what a viewer lacks to be let in.
func (v Viewer) check() error {
	switch v.Role {
	case Oversight, Operator:
	case DPO:
		if len(v.Organisations) == 0 {
			return &Error{Code: CodeNoRole, Message: "a dpo sees what its organisations took part in, and this viewer names none: make a token with --organisation"}
		}
	case Reporter:
		if v.Source == "" {
			return &Error{Code: CodeNoRole, Message: "a reporter's token is bound to a source, and this one names none"}
		}
	case "":
		return &Error{Code: CodeNoRole, Message: "no role: hand in a token that carries one"}
	default:
		return &Error{Code: CodeNoRole, Message: fmt.Sprintf("%q is no role; roles are %s", string(v.Role), roleList(Roles()))}
	}
	if _, _, err := ParsePurpose(string(v.Purpose)); err != nil {
		return err
	}
	return checkText(v.PurposeText)
}

package event

import "math/bits"

// fieldSet is a set of top-level fields of an event, a bit each.
type fieldSet uint64

const (
	fID fieldSet = 1 << iota
	fKind
	fExercise
	fOccurred
	fReplied
	fRequester
	fUnit
	fActor
	fFrom
	fTo
	fOrigin
	fOwner
	fController
	fImages
	fCollection
	fQuantity
	fPersons
	fRecords
	fPurpose
	fBasis
	fJustification
	fCase
	fAuthorisation
	fUrgent
	fInput
	fMode
	fDatabases
	fResult
	fVerifiers
	fTransfer
	fConsent
	fPermission
	fRetention
	fMethod
	fHidden
	fCitation
	fRelates
	fWithheld
	fVisibility
	fText
	fClaim
	fDeclaration
	fLink
	fRedaction
	fReview
	fAdmit
	fAccess
)

// fieldNames are the names of the fields, in the order of their bits.
var fieldNames = [...]string{
	"id", "kind", "exercise", "occurred", "replied", "requester", "unit", "actor", "from", "to", "origin", "owner",
	"controller", "images", "collection", "quantity", "persons", "records", "purpose", "basis", "justification", "case",
	"authorisation", "urgent", "input", "mode", "databases", "result", "verifiers", "transfer", "consent", "permission",
	"retention", "method", "hiddenFromSubject", "citation", "relates", "withheld", "visibility", "text", "claim",
	"declaration", "link", "redaction", "review", "admit", "access",
}

// names returns the names of the fields in the set.
func (s fieldSet) names() []string {
	var list []string
	for ; s != 0; s &= s - 1 {
		list = append(list, fieldNames[bits.TrailingZeros64(uint64(s))])
	}
	return list
}

// present is the set of fields that are filled.
func (e *Event) present() fieldSet {
	var s fieldSet
	set := func(f fieldSet, filled bool) {
		if filled {
			s |= f
		}
	}
	set(fID, e.ID != "")
	set(fKind, e.Kind != "")
	set(fExercise, e.Exercise)
	set(fOccurred, !e.Occurred.IsZero())
	set(fReplied, !e.Replied.IsZero())
	set(fRequester, e.Requester != "")
	set(fUnit, e.Unit != "")
	set(fActor, e.Actor != nil)
	set(fFrom, e.From != (Place{}))
	set(fTo, e.To != (Place{}))
	set(fOrigin, e.Origin != "")
	set(fOwner, e.Owner != "")
	set(fController, e.Controller != "")
	set(fImages, len(e.Images) > 0)
	set(fCollection, e.Collection != "")
	set(fQuantity, e.Quantity != nil)
	set(fPersons, len(e.Persons) > 0)
	set(fRecords, len(e.Records) > 0)
	set(fPurpose, e.Purpose != "")
	set(fBasis, len(e.Basis) > 0)
	set(fJustification, e.Justification != "")
	set(fCase, e.Case != nil)
	set(fAuthorisation, e.Authorisation != nil)
	set(fUrgent, e.Urgent)
	set(fInput, e.Input != "")
	set(fMode, e.Mode != "")
	set(fDatabases, len(e.Databases) > 0)
	set(fResult, e.Result != nil)
	set(fVerifiers, len(e.Verifiers) > 0)
	set(fTransfer, e.Transfer != nil)
	set(fConsent, e.Consent != nil)
	set(fPermission, e.Permission != nil)
	set(fRetention, e.Retention != nil)
	set(fMethod, e.Method != "")
	set(fHidden, e.HiddenFromSubject)
	set(fCitation, e.Citation != nil)
	set(fRelates, len(e.Relates) > 0)
	set(fWithheld, len(e.Withheld) > 0)
	set(fVisibility, e.Visibility != nil)
	set(fText, !e.Text.IsZero())
	set(fClaim, e.Claim != nil)
	set(fDeclaration, e.Declaration != nil)
	set(fLink, e.Link != nil)
	set(fRedaction, e.Redaction != nil)
	set(fReview, e.Review != nil)
	set(fAdmit, e.Admit != nil)
	set(fAccess, e.Access != nil)
	return s
}

// kindRule says which fields a kind needs, of which groups it needs at least one, and which it may have beside those.
// All others it forbids. What a finding may be made of (justification, case, legal basis, time) is never required: that it is
// missing is worth recording.
type kindRule struct {
	required fieldSet
	oneOf    []fieldSet
	optional fieldSet
	roles    []ImageRole // that images may have
}

// Parts of rules.
const (
	always = fID | fKind
	// anyKind may have these whatever it is.
	anyKind = fExercise | fOccurred | fCitation | fRelates | fWithheld | fText
	// processing is what the law wants recorded of each processing of personal data (LED Art. 24 and 25).
	processing = anyKind | fRequester | fUnit | fActor | fFrom | fTo | fOrigin | fOwner | fController | fImages | fCollection |
		fQuantity | fPersons | fRecords | fPurpose | fBasis | fJustification | fCase | fAuthorisation | fUrgent | fConsent |
		fRetention | fHidden
	pictures = fImages | fCollection | fQuantity
	search   = fInput | fMode | fDatabases | fResult | fVerifiers | fReplied | fMethod
)

var (
	rolesNone   = []ImageRole{RoleSubject}
	rolesSearch = []ImageRole{RoleProbe, RoleCandidate}
	rolesViewed = []ImageRole{RoleSubject, RoleProbe, RoleCandidate}
	rolesDerive = []ImageRole{RoleParent, RoleChild}
	rolesAny    = []ImageRole{RoleSubject, RoleProbe, RoleCandidate, RoleParent, RoleChild}
)

// rule returns the rule of a kind.
func (k Kind) rule() kindRule {
	switch k {
	case KindCapture:
		return kindRule{always | fTo, []fieldSet{pictures}, processing | fMethod, rolesNone}
	case KindEnrol:
		return kindRule{always | fTo, []fieldSet{pictures}, processing, rolesNone}
	case KindDerive:
		return kindRule{always | fImages, []fieldSet{fFrom | fTo}, processing | fMethod, rolesDerive}
	case KindQuery:
		return kindRule{always | fDatabases, []fieldSet{fRequester | fFrom}, processing | search, rolesSearch}
	case KindConsult:
		return kindRule{always | fFrom, []fieldSet{pictures | fRecords | fPersons}, processing | fReplied | fResult, rolesViewed}
	case KindDisclose, KindReceive:
		return kindRule{always | fFrom | fTo, []fieldSet{pictures | fRecords | fPersons}, processing | fTransfer | fReplied, rolesNone}
	case KindCompare:
		return kindRule{always, []fieldSet{pictures, fFrom | fTo | fDatabases}, processing | search, rolesViewed}
	case KindMatch:
		return kindRule{always | fResult, []fieldSet{fImages | fRelates}, processing | search, rolesSearch}
	case KindTrain:
		return kindRule{always | fFrom | fTo, []fieldSet{pictures}, processing | fMethod, rolesNone}
	case KindErase:
		return kindRule{always | fFrom, []fieldSet{pictures | fRecords | fPersons}, processing, rolesNone}
	case KindRelease, KindRestrict:
		return kindRule{always | fOwner | fPermission, nil, processing &^ fTo, rolesNone}
	case KindClaim:
		return kindRule{always | fClaim | fCitation, nil, anyKind | fVisibility, nil}
	case KindDeclare:
		return kindRule{always | fDeclaration, nil, anyKind | fVisibility, nil}
	case KindCorrect:
		return kindRule{always | fRelates, nil, processing | search | fTransfer | fPermission | fVisibility | fClaim | fDeclaration, rolesAny}
	case KindReview:
		return kindRule{always | fReview, nil, anyKind | fRequester | fUnit | fActor | fCase | fBasis | fJustification | fAuthorisation | fPurpose, nil}
	case KindHold:
		return kindRule{always | fRetention, []fieldSet{pictures | fRecords | fPersons | fCase | fRelates | fFrom}, processing &^ fTo, rolesNone}
	case KindAdmit:
		return kindRule{always | fAdmit, nil, 0, nil}
	case KindLink:
		return kindRule{always | fLink, nil, fExercise | fRelates, nil}
	case KindRedact:
		return kindRule{always | fRedaction, nil, fExercise | fRelates | fJustification | fActor | fAuthorisation, nil}
	}
	return kindRule{}
}

// allowed is the set of fields that the kind may have.
func (r *kindRule) allowed() fieldSet {
	s := r.required | r.optional
	for _, g := range r.oneOf {
		s |= g
	}
	return s
}

// Rule is the rule of a kind in names of JSON fields: those it needs, groups of which it needs at least one each, and
// those it may have beside. It forbids all others. What a source names as withheld counts as there.
type Rule struct {
	Required []string
	OneOf    [][]string
	Optional []string
	Roles    []ImageRole // that its images may have; "" for none
}

// Rule returns the rule of the kind.
func (k Kind) Rule() Rule {
	r := k.rule()
	out := Rule{Required: r.required.names(), Roles: r.roles}
	for _, g := range r.oneOf {
		out.OneOf = append(out.OneOf, g.names())
	}
	out.Optional = (r.allowed() &^ r.required).names()
	return out
}

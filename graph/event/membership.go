package event

import "slices"

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{
		KindCapture, KindEnrol, KindDerive, KindQuery, KindConsult, KindDisclose, KindReceive, KindCompare, KindMatch,
		KindTrain, KindErase, KindRelease, KindRestrict, KindAdmit, KindLink, KindRedact, KindClaim, KindDeclare,
		KindCorrect, KindReview, KindHold,
	}
}

// Valid reports whether k is a kind.
func (k Kind) Valid() bool { return slices.Contains(kinds, k) }

// Reserved reports whether only the log itself writes the kind.
func (k Kind) Reserved() bool { return k == KindAdmit || k == KindLink || k == KindRedact }

// Operation returns the operation of LED Art. 25(1) that the kind is, "" where it is none.
func (k Kind) Operation() Operation {
	switch k {
	case KindCapture, KindEnrol:
		return OpCollection
	case KindDerive:
		return OpAlteration
	case KindQuery, KindConsult:
		return OpConsultation
	case KindDisclose, KindReceive:
		return OpDisclosure
	case KindCompare, KindMatch, KindTrain:
		return OpCombination
	case KindErase:
		return OpErasure
	}
	return ""
}

// Operations returns the operations of LED Art. 25(1).
func Operations() []Operation {
	return []Operation{OpCollection, OpAlteration, OpConsultation, OpDisclosure, OpCombination, OpErasure}
}

// ImageRoles returns the roles of images that have a name; an image without a role is what the event is about.
func ImageRoles() []ImageRole {
	return []ImageRole{RoleProbe, RoleCandidate, RoleParent, RoleChild}
}

// InputTypes returns what a search can be made with.
func InputTypes() []InputType { return []InputType{InputFace, InputText, InputFinger, InputMixed} }

// Modes returns the modes of a search.
func Modes() []Mode { return []Mode{ModeTransient, ModeStoreProbe} }

// ResultStates returns the outcomes of a search.
func ResultStates() []ResultState {
	return []ResultState{ResultHit, ResultNoHit, ResultPossible, ResultFailed, ResultPending, ResultRefused}
}

// RecipientClasses returns the classes of organisations.
func RecipientClasses() []RecipientClass {
	return []RecipientClass{
		ClassAuthority, ClassNCB, ClassInternational, ClassVendor, ClassPrivate, ClassPress, ClassParliament, ClassCourt,
	}
}

// AuthorisationStates returns how far an authorisation can have come.
func AuthorisationStates() []AuthorisationState {
	return []AuthorisationState{AuthorisationRequested, AuthorisationGranted, AuthorisationRefused, AuthorisationMissing}
}

// Relations returns how an event can belong to an earlier one.
func Relations() []Relation {
	return []Relation{RelationBelongsTo, RelationAnswers, RelationSupersedes, RelationAbout}
}

// Bounds returns how a quantity can be read.
func Bounds() []Bound { return []Bound{BoundExact, BoundAtLeast, BoundAtMost, BoundAbout} }

// Stances returns the stances of a claimant.
func Stances() []Stance {
	return []Stance{
		StanceAsserted, StanceDenied, StanceNoInformation, StanceWithheld, StancePending, StanceNoOpinion, StanceReferred,
		StanceNotAddressed, StanceConjectured,
	}
}

// Modalities returns the modes that a claim can speak in.
func Modalities() []Modality {
	return []Modality{ModalityFact, ModalityPlan, ModalityPossibility, ModalityRule}
}

// SourceClasses returns the sorts of sources of claims.
func SourceClasses() []SourceClass {
	return []SourceClass{SourceOfficial, SourcePartyConcerned, SourcePress, SourceQuestioner, SourceComment}
}

// PropositionTypes returns what a proposition can be about.
func PropositionTypes() []PropositionType {
	return []PropositionType{
		PropositionHolding, PropositionFlow, PropositionQuantity, PropositionRule, PropositionRelation,
		PropositionCapability, PropositionUse, PropositionState,
	}
}

// DeclarationTypes returns what can be declared.
func DeclarationTypes() []DeclarationType {
	return []DeclarationType{
		DeclareOrganisation, DeclareSystem, DeclareSource, DeclareKey, DeclareAgreement, DeclarePurpose, DeclareRetention,
		DeclareDocument, DeclareCollection,
	}
}

// SubjectKinds returns what a pseudonym can stand for.
func SubjectKinds() []SubjectKind {
	return []SubjectKind{SubjectImage, SubjectActor, SubjectPerson, SubjectCase, SubjectRecord, SubjectEntry}
}

// KeyUses returns what a declared key can be for.
func KeyUses() []KeyUse { return []KeyUse{KeySign, KeyCA} }

// AdmitOutcomes returns what can become of a submission beside its being accepted, which has no name.
func AdmitOutcomes() []AdmitOutcome { return []AdmitOutcome{AdmitFork} }

// Attestations returns who can vouch for an entry.
func Attestations() []Attestation { return []Attestation{AttestedBySource, AttestedByLog} }

// AccessWays returns how the log can be read.
func AccessWays() []AccessWay {
	return []AccessWay{WayQuestion, WaySubscription, WayBundle, WayReceipts, WayQuarantine}
}

// AccessStages returns how far a subscription can have come.
func AccessStages() []AccessStage { return []AccessStage{StageOpen, StageRunning, StageClosed} }

// The lists that validation looks into.
var (
	kinds               = Kinds()
	imageRoles          = ImageRoles()
	inputTypes          = InputTypes()
	modes               = Modes()
	resultStates        = ResultStates()
	recipientClasses    = RecipientClasses()
	authorisationStates = AuthorisationStates()
	relations           = Relations()
	bounds              = Bounds()
	stances             = Stances()
	modalities          = Modalities()
	sourceClasses       = SourceClasses()
	propositionTypes    = PropositionTypes()
	declarationTypes    = DeclarationTypes()
	subjectKinds        = SubjectKinds()
	keyUses             = KeyUses()
	admitOutcomes       = AdmitOutcomes()
	attestations        = Attestations()
	accessWays          = AccessWays()
	accessStages        = AccessStages()
)

package event

// Kind is what happened.
type Kind string

// The kinds. The comment gives the operation of LED Art. 25(1) where there is one.
const (
	KindCapture  Kind = "CAPTURE"  // collection: image taken or scraped
	KindEnrol    Kind = "ENROL"    // collection: image stored in a system or file
	KindDerive   Kind = "DERIVE"   // alteration: crop, enhancement, template made from an image
	KindQuery    Kind = "QUERY"    // consultation: search with a probe in reference databases
	KindConsult  Kind = "CONSULT"  // consultation: viewing
	KindDisclose Kind = "DISCLOSE" // disclosure including transfer: sent to a recipient
	KindReceive  Kind = "RECEIVE"  // disclosure including transfer: received from a sender
	KindCompare  Kind = "COMPARE"  // combination: bulk or single comparison
	KindMatch    Kind = "MATCH"    // combination: hit decision with verifiers
	KindTrain    Kind = "TRAIN"    // combination: use as training data
	KindErase    Kind = "ERASE"    // erasure: deletion of an image from a system of the real world
	KindRelease  Kind = "RELEASE"  // owner's consent
	KindRestrict Kind = "RESTRICT" // owner's restriction
	KindAdmit    Kind = "ADMIT"    // the log's own statement about a submission
	KindLink     Kind = "LINK"     // two pseudonyms denote the same subject
	KindRedact   Kind = "REDACT"   // the log's own erasure of a subject's keys
	KindClaim    Kind = "CLAIM"    // somebody's statement
	KindDeclare  Kind = "DECLARE"  // catalog entry
	KindCorrect  Kind = "CORRECT"  // supersedes an earlier event of the same source
	KindReview   Kind = "REVIEW"   // decision on a finding
	KindHold     Kind = "HOLD"     // suspension of deletion
)

// Operation is an operation that LED Art. 25(1) wants logged.
type Operation string

// The operations of LED Art. 25(1).
const (
	OpCollection   Operation = "COLLECTION"
	OpAlteration   Operation = "ALTERATION"
	OpConsultation Operation = "CONSULTATION"
	OpDisclosure   Operation = "DISCLOSURE"
	OpCombination  Operation = "COMBINATION"
	OpErasure      Operation = "ERASURE"
)

type (
	// ImageRole is the part an image plays in an event.
	ImageRole string
	// InputType is what a search was made with (SIS Art. 12: the type, never the data).
	InputType string
	// Mode says whether a search keeps its probe.
	Mode string
	// ResultState is the outcome of a search.
	ResultState string
	// RecipientClass is what sort of body an organisation is.
	RecipientClass string
	// AuthorisationState is how far an authorisation has come.
	AuthorisationState string
	// Relation is how an event belongs to an earlier one.
	Relation string
	// Bound says how a quantity is to be read.
	Bound string
	// Stance is what a claimant holds about a proposition.
	Stance string
	// Modality is in which mode a claim speaks.
	Modality string
	// SourceClass is what sort of source a claim comes from.
	SourceClass string
	// PropositionType is what a proposition is about.
	PropositionType string
	// DeclarationType is what a declaration declares.
	DeclarationType string
	// SubjectKind is what a pseudonym stands for.
	SubjectKind string
	// KeyUse is what a declared key is for.
	KeyUse string
	// AdmitOutcome says what became of a submission.
	AdmitOutcome string
	// Attestation says who vouches for an entry.
	Attestation string
	// AccessWay is how the log was read.
	AccessWay string
	// AccessStage is how far a subscription has come.
	AccessStage string
)

// The members of the small vocabularies.
const (
	RoleSubject   ImageRole = "" // the image the event is about
	RoleProbe     ImageRole = "PROBE"
	RoleCandidate ImageRole = "CANDIDATE"
	RoleParent    ImageRole = "PARENT" // of a DERIVE
	RoleChild     ImageRole = "CHILD"  // of a DERIVE

	InputFace   InputType = "FACE"
	InputText   InputType = "TEXT" // alphanumeric
	InputFinger InputType = "FINGERPRINT"
	InputMixed  InputType = "MIXED"

	ModeTransient  Mode = "TRANSIENT"
	ModeStoreProbe Mode = "STORE_PROBE"

	ResultHit      ResultState = "HIT"
	ResultNoHit    ResultState = "NO_HIT"
	ResultPossible ResultState = "POSSIBLE_HIT"
	ResultFailed   ResultState = "FAILED"
	ResultPending  ResultState = "PENDING"
	ResultRefused  ResultState = "REFUSED"

	ClassAuthority     RecipientClass = "AUTHORITY"
	ClassNCB           RecipientClass = "NCB" // national central bureau of Interpol
	ClassInternational RecipientClass = "IO"  // international organisation
	ClassVendor        RecipientClass = "VENDOR"
	ClassPrivate       RecipientClass = "PRIVATE"
	ClassPress         RecipientClass = "PRESS"
	ClassParliament    RecipientClass = "PARLIAMENT"
	ClassCourt         RecipientClass = "COURT"

	AuthorisationRequested AuthorisationState = "REQUESTED"
	AuthorisationGranted   AuthorisationState = "GRANTED"
	AuthorisationRefused   AuthorisationState = "REFUSED"
	AuthorisationMissing   AuthorisationState = "NOT_REQUESTED"

	RelationBelongsTo  Relation = "BELONGS_TO" // a MATCH to its QUERY
	RelationAnswers    Relation = "ANSWERS"    // a RECEIVE to its DISCLOSE, a reply to its request
	RelationSupersedes Relation = "SUPERSEDES" // a CORRECT to what it corrects
	RelationAbout      Relation = "ABOUT"      // a CLAIM, REVIEW or HOLD to its event

	BoundExact   Bound = "EXACT"
	BoundAtLeast Bound = "AT_LEAST"
	BoundAtMost  Bound = "AT_MOST"
	BoundAbout   Bound = "ABOUT"

	StanceAsserted      Stance = "ASSERTED"
	StanceDenied        Stance = "DENIED"
	StanceNoInformation Stance = "NO_INFORMATION"
	StanceWithheld      Stance = "WITHHELD"
	StancePending       Stance = "PENDING"
	StanceNoOpinion     Stance = "NO_OPINION"
	StanceReferred      Stance = "REFERRED"
	StanceNotAddressed  Stance = "NOT_ADDRESSED"
	StanceConjectured   Stance = "CONJECTURED"

	ModalityFact        Modality = "FACT"
	ModalityPlan        Modality = "PLAN"
	ModalityPossibility Modality = "POSSIBILITY"
	ModalityRule        Modality = "RULE"

	SourceOfficial       SourceClass = "OFFICIAL"
	SourcePartyConcerned SourceClass = "PARTY_CONCERNED"
	SourcePress          SourceClass = "PRESS"
	SourceQuestioner     SourceClass = "QUESTIONER"
	SourceComment        SourceClass = "COMMENT"

	PropositionHolding    PropositionType = "HOLDING"    // Subject holds images of Population
	PropositionFlow       PropositionType = "FLOW"       // images of Population go From → To
	PropositionQuantity   PropositionType = "QUANTITY"   // Subject has so many
	PropositionRule       PropositionType = "RULE"       // a rule holds for Subject
	PropositionRelation   PropositionType = "RELATION"   // Subject stands in a relation: agreement, account, participation
	PropositionCapability PropositionType = "CAPABILITY" // Subject can do
	PropositionUse        PropositionType = "USE"        // Subject does, uses, is switched on
	PropositionState      PropositionType = "STATE"      // anything else that is the case

	DeclareOrganisation DeclarationType = "ORGANISATION"
	DeclareSystem       DeclarationType = "SYSTEM"
	DeclareSource       DeclarationType = "SOURCE"
	DeclareKey          DeclarationType = "KEY"
	DeclareAgreement    DeclarationType = "AGREEMENT"
	DeclarePurpose      DeclarationType = "PURPOSE"
	DeclareRetention    DeclarationType = "RETENTION_RULE"
	DeclareDocument     DeclarationType = "DOCUMENT"
	DeclareCollection   DeclarationType = "COLLECTION"

	SubjectImage  SubjectKind = "IMAGE"
	SubjectActor  SubjectKind = "ACTOR"  // who acted, verified or authorised: user ids, a name space of their own
	SubjectPerson SubjectKind = "PERSON" // persons an event is about
	SubjectCase   SubjectKind = "CASE"
	SubjectRecord SubjectKind = "RECORD"
	SubjectEntry  SubjectKind = "ENTRY" // the event itself: free text that is about nobody else, and the source's id

	KeySign KeyUse = "SIGN" // verifies signatures directly
	KeyCA   KeyUse = "CA"   // certificates of the source must chain to it

	AdmitAccepted AdmitOutcome = ""     // the leaves follow
	AdmitFork     AdmitOutcome = "FORK" // same number, other statement: kept as evidence, nothing follows

	AttestedBySource Attestation = "SOURCE" // the source's own signature covers the leaf
	AttestedByLog    Attestation = "LOG"    // only the log's checkpoint does

	WayQuestion     AccessWay = "QUESTION"     // a question in GraphQL
	WaySubscription AccessWay = "SUBSCRIPTION" // notices as they come; one entry a stage
	WayBundle       AccessWay = "BUNDLE"       // leaves as tlog-tiles has them
	WayReceipts     AccessWay = "RECEIPTS"     // a source looks up what became of what it handed in
	WayQuarantine   AccessWay = "QUARANTINE"   // a source looks up what of it is kept aside

	StageOpen    AccessStage = "OPEN"    // before the first notice
	StageRunning AccessStage = "RUNNING" // notices went out since the stage before
	StageClosed  AccessStage = "CLOSED"  // no more will
)

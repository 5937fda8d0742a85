package event

// Event is one native event: what a source says happened to facial images, or what the log itself says
// about an entry. One type serves all kinds; which fields a kind needs and forbids is in [Kind] and checked
// by [Event.Validate]. The same type carries three states of an event:
//
//   - native: as a source hands it in, personal values in the clear, no pseudonyms;
//   - skeleton: as it stands in the log, personal values taken out, pseudonyms in their place ([Skeleton]);
//   - opened: a skeleton with those personal values put back that the reader may see ([Open]).
//
// Times are strings of RFC 3339 with explicit precision, see [Time]. Identifiers of organisations, systems and
// all other catalog entries are slugs, see [ValidSlug]. Which field is public, pseudonymous or sealed is in
// [Fields].
type Event struct {
	ID       string `json:"id,omitzero"` // the source's own id for this event; unique per source
	Kind     Kind   `json:"kind"`
	Exercise bool   `json:"exercise,omitzero"` // exercise data: marked in every event and shown as such everywhere

	Occurred Time `json:"occurred,omitzero"` // when it happened; zero: not placed in time
	Replied  Time `json:"replied,omitzero"`  // when the answer was given (Prüm II Art. 45)

	Requester string `json:"requester,omitzero"` // organisation on whose behalf
	Unit      string `json:"unit,omitzero"`      // organisational unit responsible (BKAG § 81)
	Actor     *Actor `json:"actor,omitzero"`     // the person or process that acted

	From       Place  `json:"from,omitzero"`
	To         Place  `json:"to,omitzero"`
	Origin     string `json:"origin,omitzero"`     // organisation of the first capture
	Owner      string `json:"owner,omitzero"`      // organisation whose consent governs
	Controller string `json:"controller,omitzero"` // organisation responsible for the holding

	Images     []Image   `json:"images,omitzero"`
	Collection string    `json:"collection,omitzero"` // a bulk transfer names a collection instead of images
	Quantity   *Quantity `json:"quantity,omitzero"`
	Persons    []Person  `json:"persons,omitzero"`
	Records    []Record  `json:"records,omitzero"` // references to records processed (SIS Art. 12)

	Purpose       string         `json:"purpose,omitzero"`
	Basis         []string       `json:"basis,omitzero"` // legal bases, e.g. "BDSG § 78"
	Justification string         `json:"justification,omitzero"`
	Case          *Case          `json:"case,omitzero"`
	Authorisation *Authorisation `json:"authorisation,omitzero"`
	Urgent        bool           `json:"urgent,omitzero"`

	Input     InputType  `json:"input,omitzero"`
	Mode      Mode       `json:"mode,omitzero"`
	Databases []Database `json:"databases,omitzero"` // reference databases queried, and which replied
	Result    *Result    `json:"result,omitzero"`
	Verifiers []Actor    `json:"verifiers,omitzero"` // AI Act Art. 12(3)(d)

	Transfer   *Transfer   `json:"transfer,omitzero"`
	Consent    *Consent    `json:"consent,omitzero"`
	Permission *Permission `json:"permission,omitzero"` // RELEASE and RESTRICT
	Retention  *Retention  `json:"retention,omitzero"`
	Method     string      `json:"method,omitzero"` // of a DERIVE or inferred LINK: crop, template, "arcface-r100" …

	HiddenFromSubject bool        `json:"hiddenFromSubject,omitzero"` // lawfully withheld from the data subject
	Citation          *Citation   `json:"citation,omitzero"`
	Relates           []Reference `json:"relates,omitzero"`  // earlier events this one belongs to
	Withheld          []string    `json:"withheld,omitzero"` // JSON pointers of fields the source has but withholds (not: empty)
	Visibility        *Visibility `json:"visibility,omitzero"`
	Text              Text        `json:"text,omitzero"` // free text: a claim's wording, a note

	Claim       *Claim       `json:"claim,omitzero"`
	Declaration *Declaration `json:"declaration,omitzero"`
	Link        *Link        `json:"link,omitzero"`
	Redaction   *Redaction   `json:"redaction,omitzero"`
	Review      *Review      `json:"review,omitzero"`
	Admit       *Admit       `json:"admit,omitzero"`  // written by the log only, never by a source
	Access      *Access      `json:"access,omitzero"` // likewise
}

// Place is one end of a flow. System is a catalog id; Organisation may stand alone where no system is named.
type Place struct {
	Organisation string         `json:"organisation,omitzero"`
	System       string         `json:"system,omitzero"`
	Country      string         `json:"country,omitzero"` // ISO 3166-1 alpha-2
	Class        RecipientClass `json:"class,omitzero"`
}

// Actor is a person or a process that acts. ID is the user identifier of the source's own system (sealed);
// Pseudonym stands for it in the skeleton.
type Actor struct {
	ID        string    `json:"id,omitzero"`
	Name      string    `json:"name,omitzero"`
	Role      string    `json:"role,omitzero"`
	Automated bool      `json:"automated,omitzero"`
	Pseudonym Pseudonym `json:"pseudonym,omitzero"`
}

// Image is one picture. Digest is "sha256:" and 64 lower-case hex digits of the picture's bytes (sealed);
// Pseudonym stands for it in the skeleton. Score is the similarity of a candidate, 0 to 10,000.
type Image struct {
	Role      ImageRole `json:"role,omitzero"`
	Digest    string    `json:"digest,omitzero"`
	MediaType string    `json:"mediaType,omitzero"`
	System    string    `json:"system,omitzero"` // of a candidate: the database that returned it
	Score     int64     `json:"score,omitzero"`
	Pseudonym Pseudonym `json:"pseudonym,omitzero"`
}

// Person is somebody the event is about (never a reader and never an actor).
type Person struct {
	ID        string    `json:"id,omitzero"`
	Name      string    `json:"name,omitzero"`
	Role      string    `json:"role,omitzero"` // suspect, victim, witness, missing, unidentified …
	Pseudonym Pseudonym `json:"pseudonym,omitzero"`
}

// Record is a reference to a record of the source's own system.
type Record struct {
	System    string    `json:"system,omitzero"`
	Reference string    `json:"reference,omitzero"`
	Pseudonym Pseudonym `json:"pseudonym,omitzero"`
}

// Case is the proceeding an event belongs to. Reference is sealed; Offence is a category from a vocabulary, public.
type Case struct {
	Reference string    `json:"reference,omitzero"`
	Offence   string    `json:"offence,omitzero"`
	Note      string    `json:"note,omitzero"`
	Pseudonym Pseudonym `json:"pseudonym,omitzero"`
}

// Authorisation is who allowed the use (AI Act Art. 5(2)–(7), 26(10)).
type Authorisation struct {
	By       *Actor             `json:"by,omitzero"`
	At       Time               `json:"at,omitzero"`
	State    AuthorisationState `json:"state,omitzero"`
	Deadline Time               `json:"deadline,omitzero"`
}

// Database is one reference database of a query.
type Database struct {
	System  string `json:"system"`
	Replied *bool  `json:"replied,omitzero"` // nil: not said
}

// Result is the outcome of a query or comparison.
type Result struct {
	State      ResultState `json:"state"`
	Candidates *int64      `json:"candidates,omitzero"` // nil: not said
}

// Transfer is what the law asks to be recorded of a disclosure (LED Art. 35–40, BDSG §§ 78–81, BKAG § 27).
type Transfer struct {
	Reference      string   `json:"reference,omitzero"` // shared by sender and receiver; pairs DISCLOSE with RECEIVE
	Ground         string   `json:"ground,omitzero"`    // adequacy, safeguards, derogation …
	Conditions     []string `json:"conditions,omitzero"`
	OnwardApproval string   `json:"onwardApproval,omitzero"` // organisation that approved onward transfer
	DeleteBy       Time     `json:"deleteBy,omitzero"`
}

// Consent is the owner's consent as the event states it.
type Consent struct {
	By    string `json:"by,omitzero"`
	Scope string `json:"scope,omitzero"`
	At    Time   `json:"at,omitzero"`
}

// Permission is what a RELEASE allows or a RESTRICT forbids. Empty lists mean: not limited in that respect.
type Permission struct {
	Recipients []string `json:"recipients,omitzero"` // organisations
	Systems    []string `json:"systems,omitzero"`
	Purposes   []string `json:"purposes,omitzero"`
	During     Time     `json:"during,omitzero"`
	Scope      string   `json:"scope,omitzero"`
}

// Retention names the rule that governs how long, and whether a hold suspends deletion.
type Retention struct {
	Rule  string `json:"rule,omitzero"`
	Until Time   `json:"until,omitzero"`
	Hold  bool   `json:"hold,omitzero"`
}

// Citation is the document a statement comes from. Source is a declared DOCUMENT.
type Citation struct {
	Source  string `json:"source"`
	Locator string `json:"locator,omitzero"` // question number, paragraph, page
}

// Reference names an earlier event of the same source by the source's own id (native) and by its entry id
// (skeleton and opened). Entry may be given in a native event for an entry of another source.
type Reference struct {
	Relation Relation  `json:"relation"`
	ID       string    `json:"id,omitzero"`
	Entry    Pseudonym `json:"entry,omitzero"`
}

// Visibility limits who may see a claim or declaration. Nil or Public true: everybody.
type Visibility struct {
	Public        bool     `json:"public,omitzero"`
	Organisations []string `json:"organisations,omitzero"`
}

// Text is a wording in English, German or both.
type Text struct {
	EN string `json:"en,omitzero"`
	DE string `json:"de,omitzero"`
}

// IsZero reports whether no wording is given.
func (t Text) IsZero() bool { return t == Text{} }

// Quantity is a number with its bound and unit. Exclusive makes AT_LEAST "more than" and AT_MOST "fewer than".
type Quantity struct {
	Amount    int64  `json:"amount"`
	Bound     Bound  `json:"bound"`
	Exclusive bool   `json:"exclusive,omitzero"`
	Unit      string `json:"unit"` // IMAGE, RECORD, SEARCH, CAMERA, PERSON, AGENCY …
}

// Claim is somebody's statement about a flow, holding, quantity or rule. Its wording is the event's Text, its
// document the event's Citation, the date it was made the event's Occurred.
type Claim struct {
	Proposition Proposition `json:"proposition"`
	Claimant    string      `json:"claimant"`          // who says it: an organisation
	Reporter    string      `json:"reporter,omitzero"` // "X, per Y": Y
	Stance      Stance      `json:"stance"`
	Modality    Modality    `json:"modality"`
	SourceClass SourceClass `json:"sourceClass"`
	Question    string      `json:"question,omitzero"`   // id of the question this statement answers, e.g. "BT-1a"
	Addressee   bool        `json:"addressee,omitzero"`  // the body that was asked said it
	ReferredTo  string      `json:"referredTo,omitzero"` // of a REFERRED: the answer referred to
	Reading     bool        `json:"reading,omitzero"`    // an interpretation, not the wording
	Quantity    *Quantity   `json:"quantity,omitzero"`
	Value       string      `json:"value,omitzero"` // a non-numeric value stated, e.g. a camera model
}

// Proposition is what a claim is about, in the affirmative. Two claims with opposing stances on the same ID are
// contested; two different IDs never are. The structured fields let walks and filters find it.
type Proposition struct {
	ID         string          `json:"id"`
	Type       PropositionType `json:"type"`
	Subject    string          `json:"subject,omitzero"`    // organisation or system it is about
	From       string          `json:"from,omitzero"`       // of a FLOW: organisation or system
	To         string          `json:"to,omitzero"`         // of a FLOW: organisation or system
	Population string          `json:"population,omitzero"` // whose images: a country ("DE"), organisation or collection
	At         Time            `json:"at,omitzero"`         // the time it speaks of
	Text       Text            `json:"text,omitzero"`       // the proposition in words; public
}

// Declaration is a catalog entry. Exactly the part that Type names is filled.
type Declaration struct {
	Type    DeclarationType `json:"type"`
	ID      string          `json:"id"`
	Name    Text            `json:"name,omitzero"`
	Aliases []string        `json:"aliases,omitzero"`
	Valid   Time            `json:"valid,omitzero"`

	Organisation *OrganisationDeclaration `json:"organisation,omitzero"`
	System       *SystemDeclaration       `json:"system,omitzero"`
	Source       *SourceDeclaration       `json:"source,omitzero"`
	Key          *KeyDeclaration          `json:"key,omitzero"`
	Agreement    *AgreementDeclaration    `json:"agreement,omitzero"`
	Rule         *RuleDeclaration         `json:"rule,omitzero"`
	Document     *DocumentDeclaration     `json:"document,omitzero"`
}

// OrganisationDeclaration describes an organisation.
type OrganisationDeclaration struct {
	Class   RecipientClass `json:"class"`
	Country string         `json:"country,omitzero"`
	PartOf  string         `json:"partOf,omitzero"`
	Flagged bool           `json:"flagged,omitzero"` // introduced by a source, not confirmed by the operator
}

// SystemDeclaration describes a system, file, database, application or model.
type SystemDeclaration struct {
	Operator      string `json:"operator"`
	PartOf        string `json:"partOf,omitzero"`
	Type          string `json:"type,omitzero"` // database, umbrella, application, camera-network, model …
	Vendor        string `json:"vendor,omitzero"`
	Hours         string `json:"hours,omitzero"`         // hours of service, "06:00-20:00"
	PairingWindow string `json:"pairingWindow,omitzero"` // how late a receipt may follow its transfer, "72h"
	Flagged       bool   `json:"flagged,omitzero"`
}

// SourceDeclaration describes who may hand in events.
type SourceDeclaration struct {
	Organisation string `json:"organisation"`
	Introduces   bool   `json:"introduces,omitzero"` // may name undeclared organisations and systems
	Heartbeat    string `json:"heartbeat,omitzero"`  // longest silence expected, "24h"
	Ended        bool   `json:"ended,omitzero"`
}

// KeyDeclaration describes a signing key of a source, or the CA that its certificates must chain to.
// Declaring the same key id again with Revoked set revokes it from that time on.
type KeyDeclaration struct {
	Source  string `json:"source"`
	Use     KeyUse `json:"use"`
	PEM     string `json:"pem"` // SubjectPublicKeyInfo or X.509 certificate
	Revoked Time   `json:"revoked,omitzero"`
	Reason  string `json:"reason,omitzero"`
}

// AgreementDeclaration describes an agreement between organisations.
type AgreementDeclaration struct {
	Parties []string `json:"parties"`
	Basis   string   `json:"basis,omitzero"`
}

// RuleDeclaration describes a rule: retention or purpose.
type RuleDeclaration struct {
	Minimum string   `json:"minimum,omitzero"` // ISO 8601 duration
	Maximum string   `json:"maximum,omitzero"`
	Anchor  string   `json:"anchor,omitzero"` // what the period runs from
	Systems []string `json:"systems,omitzero"`
	Basis   string   `json:"basis,omitzero"`
}

// DocumentDeclaration describes a document that claims cite.
type DocumentDeclaration struct {
	Publisher string `json:"publisher,omitzero"`
	Published Time   `json:"published,omitzero"`
	Reference string `json:"reference,omitzero"` // e.g. "BT-Drucksache 19/18172"
}

// Link says that two pseudonyms denote the same subject.
type Link struct {
	Subject SubjectKind `json:"subject"`
	A       Denotation  `json:"a"`
	B       Denotation  `json:"b"`
	Method  string      `json:"method"` // "digest" where exact
	Score   int64       `json:"score,omitzero"`
}

// Denotation is a pseudonym together with the sealer that assigned it.
type Denotation struct {
	Sealer    string    `json:"sealer"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// Redaction is the log's own erasure of a subject's keys.
type Redaction struct {
	Subject   SubjectKind  `json:"subject"`
	Denotes   []Denotation `json:"denotes"`
	Requester string       `json:"requester"`
	Approver  string       `json:"approver"`
	Basis     string       `json:"basis"`
}

// Review is a decision on a finding.
type Review struct {
	Decision string `json:"decision"`
	Finding  string `json:"finding,omitzero"`
}

// Admit is the log's own statement about a submission: when it was recorded, from whom, on what evidence. A
// node-sealed event carries it in its own leaf; a sealed batch is preceded by an entry of kind ADMIT.
type Admit struct {
	Recorded  Time         `json:"recorded"`
	Source    string       `json:"source"`
	Outcome   AdmitOutcome `json:"outcome,omitzero"`   // zero: admitted
	Sequence  *int64       `json:"sequence,omitzero"`  // of a sealed batch
	Statement string       `json:"statement,omitzero"` // "sha256:…" of the signed payload
	Previous  string       `json:"previous,omitzero"`  // statement digest of the source's previous batch
	Key       string       `json:"key,omitzero"`       // id of the key that verified
	Count     int64        `json:"count,omitzero"`     // leaves that follow
	Root      string       `json:"root,omitzero"`      // RFC 6962 root over them, base64
	Attested  Attestation  `json:"attested"`           // who vouches: the source's signature, or the log alone
}

// Access says how the log was read: the entry of one request, or of one stage of a subscription, in the log's access
// ledger. Its event is a CONSULT by the log itself; the actor is the reader, the purpose that of the reading and the
// justification what was said of it in words.
type Access struct {
	Role          string      `json:"role"`                   // that the reader had
	Organisations []string    `json:"organisations,omitzero"` // that the reader belongs to
	Way           AccessWay   `json:"way"`                    // how it was read
	Stage         AccessStage `json:"stage,omitzero"`         // of a subscription
	Operation     string      `json:"operation,omitzero"`     // name of the operation, as the reader calls it
	Document      string      `json:"document,omitzero"`      // "sha256:…" of its text; variables are no part of it
	Bytes         int64       `json:"bytes,omitzero"`         // of the answer; of a stage: since the one before
	Rows          int64       `json:"rows,omitzero"`          // entries and other rows of lists in it
	Size          int64       `json:"size,omitzero"`          // tree size of the log that the answer held for
	Opened        []Opened    `json:"opened,omitzero"`        // whom the request named, and who stands in entries opened by id
	Owners        []string    `json:"owners,omitzero"`        // organisations that owned images opened, as of then
}

// Opened are subjects of one kind under the pseudonyms of one sealer.
type Opened struct {
	Subject    SubjectKind `json:"subject"`
	Sealer     string      `json:"sealer"`
	Pseudonyms []Pseudonym `json:"pseudonyms"`
}

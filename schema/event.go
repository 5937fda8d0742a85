package schema

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// Rows are structs whose fields are the answer: a method for each field would cost five times as much.

type value struct {
	Value  *string
	Absent *string
}

type text struct{ En, De, Absent *string }

type quantity struct {
	Amount    int64Long
	Bound     string
	Exclusive bool
	Unit      string
}

// int64Long answers a signed number as Long.
type int64Long int64

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (int64Long) ImplementsGraphQLType(name string) bool { return name == "Long" }

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler; numbers of this type are answered only.
func (*int64Long) UnmarshalGraphQL(any) error { return fmt.Errorf("not an input") }

type eventRow struct {
	ID                graphql.ID
	Index             Long
	LeafHash          string
	Kind              string
	Operation         *string
	Exercise          bool
	Occurred          *Period
	OccurredEarliest  *DateTime
	OccurredLatest    *DateTime
	Replied           *Period
	Recorded          DateTime
	Source            string
	SourceID          value
	Signature         signatureRow
	Requester         *organisationRow
	Unit              value
	Actor             *actorRow
	From              *placeRow
	To                *placeRow
	Origin            *organisationRow
	Owner             *organisationRow
	Controller        *organisationRow
	Images            []imageRow
	Collection        *string
	Quantity          *quantity
	Persons           []personRow
	Records           []recordRow
	Purpose           *string
	Basis             []string
	Justification     value
	Case              *caseRow
	Authorisation     *authorisationRow
	Urgent            bool
	Input             *string
	Mode              *string
	Databases         []databaseRow
	Result            *resultRow
	Verifiers         []actorRow
	Transfer          *transferRow
	Consent           *consentRow
	Permission        *permissionRow
	Retention         *retentionRow
	Method            *string
	HiddenFromSubject bool
	Citation          *citationRow
	Relates           []referenceRow
	Withheld          []string
	Text              *text
	Claim             *claimRow
	Declares          *declaresRow
	entry             *graph.Entry
	budget            *budget
	rows              *rows
}

// JSON resolves Event.json. It is a method so that only who asks for it pays for it, and is charged for it: it is the
// one field that may be long, and a query can ask for it under many names.
func (r *eventRow) JSON() (string, error) {
	text, err := json.Marshal(r.entry.Event, json.Deterministic(true))
	if err != nil {
		return "", wrap(err)
	}
	return string(text), r.budget.spendText(len(text))
}

type signatureRow struct {
	Attested  string
	Source    string
	Key       *string
	Sequence  *Long
	Statement *string
}

type placeRow struct {
	Organisation *organisationRow
	System       *systemRow
	Country      *string
	Class        *string
}

type actorRow struct {
	Pseudonym *graphql.ID
	ID        value
	Name      value
	Role      *string
	Automated bool
}

type imageRow struct {
	Role      string
	Pseudonym *graphql.ID
	Digest    value
	MediaType *string
	System    *systemRow
	Score     *int32
}

type personRow struct {
	Pseudonym *graphql.ID
	ID        value
	Name      value
	Role      *string
}

type recordRow struct {
	System    *systemRow
	Pseudonym *graphql.ID
	Reference value
}

type caseRow struct {
	Pseudonym *graphql.ID
	Reference value
	Offence   *string
	Note      value
}

type authorisationRow struct {
	By       *actorRow
	At       *Period
	State    *string
	Deadline *Period
}

type databaseRow struct {
	System  systemRow
	Replied *bool
}

type resultRow struct {
	State      string
	Candidates *int64Long
}

type transferRow struct {
	Reference      *string
	Ground         *string
	Conditions     []string
	OnwardApproval *organisationRow
	DeleteBy       *Period
}

type consentRow struct {
	By    *organisationRow
	Scope value
	At    *Period
}

type permissionRow struct {
	Recipients []organisationRow
	Systems    []systemRow
	Purposes   []string
	During     *Period
	Scope      value
}

type retentionRow struct {
	Rule  *string
	Until *Period
	Hold  bool
}

type citationRow struct {
	Source  string
	Locator *string
}

type referenceRow struct {
	Relation string
	SourceID value
	Entry    *graphql.ID
}

type declaresRow struct {
	Type string
	ID   graphql.ID
}

// rows turns entries into rows; names of organisations and systems are those of one state of the catalog.
type rows struct {
	ctx    context.Context // of the request, whose answer they are
	names  *names
	view   *graph.View
	size   uint64
	tried  map[string]bool // contested marks, by proposition
	claims map[uint64]*claimRow
	budget *budget

	mu sync.Mutex // of rows that are worked out only where they are asked for, side by side
}

func id(p event.Pseudonym) *graphql.ID {
	if p.IsZero() {
		return nil
	}
	s := graphql.ID(p.String())
	return &s
}

func wording(t event.Text) *text {
	if t.IsZero() {
		return nil
	}
	return &text{En: opt(t.EN), De: opt(t.DE)}
}

// freeText answers the text of an event, or why it is not there; nil where the source gave none.
func freeText(e *graph.Entry) *text {
	if t := wording(e.Event.Text); t != nil {
		return t
	}
	for _, pointer := range []string{"/text/en", "/text/de"} {
		if r := string(e.Absent(pointer)); r != string(graph.Empty) {
			return &text{Absent: &r}
		}
	}
	return nil
}

func amount(q *event.Quantity) *quantity {
	if q == nil {
		return nil
	}
	return &quantity{int64Long(q.Amount), string(q.Bound), q.Exclusive, q.Unit}
}

// val answers a personal value, or why it is not there.
func val(e *graph.Entry, pointer, v string) value {
	if v != "" {
		return value{Value: &v}
	}
	r := string(e.Absent(pointer))
	return value{Absent: &r}
}

// placeholder answers nothing where a field is out of the viewer's scope, so that whether there is anything looks the
// same, and nil where it is not.
func placeholder[T any](e *graph.Entry, pointer string) *T {
	if e.Closed[pointer] != graph.OutOfScope {
		return nil
	}
	return new(T)
}

func (r *rows) actor(e *graph.Entry, pointer string, a *event.Actor) *actorRow {
	if a == nil {
		if a = placeholder[event.Actor](e, pointer); a == nil {
			return nil
		}
	}
	return &actorRow{id(a.Pseudonym), val(e, pointer+"/id", a.ID), val(e, pointer+"/name", a.Name), opt(a.Role), a.Automated}
}

// shown is an entry's event with one placeholder for each list, and for the case, that is out of the viewer's scope.
func shown(en *graph.Entry) *event.Event {
	persons, records := placeholder[event.Person](en, "/persons"), placeholder[event.Record](en, "/records")
	verifier, proceeding := placeholder[event.Actor](en, "/verifiers"), placeholder[event.Case](en, "/case")
	if persons == nil && records == nil && verifier == nil && proceeding == nil {
		return en.Event
	}
	e := *en.Event
	if persons != nil {
		e.Persons = []event.Person{*persons}
	}
	if records != nil {
		e.Records = []event.Record{*records}
	}
	if verifier != nil {
		e.Verifiers = []event.Actor{*verifier}
	}
	if proceeding != nil {
		e.Case = proceeding
	}
	return &e
}

func (r *rows) place(p event.Place) *placeRow {
	if p == (event.Place{}) {
		return nil
	}
	return &placeRow{r.names.organisation(p.Organisation), r.names.system(p.System), opt(p.Country), opt(string(p.Class))}
}

func (r *rows) event(en *graph.Entry) (*eventRow, error) {
	e := shown(en)
	out := &eventRow{
		entry: en, budget: r.budget, rows: r,
		ID: graphql.ID(en.ID.String()), Index: Long(en.Index), LeafHash: en.LeafHash.String(),
		Kind: string(e.Kind), Operation: opt(string(e.Kind.Operation())), Exercise: e.Exercise,
		Occurred: period(e.Occurred), OccurredEarliest: bound(e.Occurred, e.Occurred.Earliest), OccurredLatest: bound(e.Occurred, e.Occurred.Latest),
		Replied: period(e.Replied), Recorded: DateTime{en.Recorded}, Source: en.Source, SourceID: val(en, "/id", e.ID),
		Signature: signatureRow{string(en.Signature.Attested), en.Signature.Source, opt(en.Signature.Key), opt(Long(en.Signature.Sequence)), opt(en.Signature.Statement)},
		Requester: r.names.organisation(e.Requester), Unit: val(en, "/unit", e.Unit), Actor: r.actor(en, "/actor", e.Actor),
		From: r.place(e.From), To: r.place(e.To), Origin: r.names.organisation(e.Origin), Owner: r.names.organisation(e.Owner), Controller: r.names.organisation(e.Controller),
		Collection: opt(e.Collection), Quantity: amount(e.Quantity), Purpose: opt(e.Purpose), Basis: list(e.Basis),
		Justification: val(en, "/justification", e.Justification), Urgent: e.Urgent, Input: opt(string(e.Input)), Mode: opt(string(e.Mode)),
		Method: opt(e.Method), HiddenFromSubject: e.HiddenFromSubject, Withheld: list(e.Withheld), Text: freeText(en),
		Images: make([]imageRow, len(e.Images)), Persons: make([]personRow, len(e.Persons)), Records: make([]recordRow, len(e.Records)),
		Databases: make([]databaseRow, len(e.Databases)), Verifiers: make([]actorRow, len(e.Verifiers)), Relates: make([]referenceRow, len(e.Relates)),
	}
	for i, img := range e.Images {
		role := string(img.Role)
		if role == "" {
			role = "SUBJECT"
		}
		out.Images[i] = imageRow{role, id(img.Pseudonym), val(en, fmt.Sprintf("/images/%d/digest", i), img.Digest), opt(img.MediaType), r.names.system(img.System), opt(int32(img.Score))}
	}
	for i, p := range e.Persons {
		at := fmt.Sprintf("/persons/%d", i)
		out.Persons[i] = personRow{id(p.Pseudonym), val(en, at+"/id", p.ID), val(en, at+"/name", p.Name), opt(p.Role)}
	}
	for i, x := range e.Records {
		out.Records[i] = recordRow{r.names.system(x.System), id(x.Pseudonym), val(en, fmt.Sprintf("/records/%d/reference", i), x.Reference)}
	}
	for i, d := range e.Databases {
		out.Databases[i] = databaseRow{r.names.namedSystem(d.System), d.Replied}
	}
	for i := range e.Verifiers {
		out.Verifiers[i] = *r.actor(en, fmt.Sprintf("/verifiers/%d", i), &e.Verifiers[i])
	}
	for i, x := range e.Relates {
		out.Relates[i] = referenceRow{string(x.Relation), val(en, fmt.Sprintf("/relates/%d/id", i), x.ID), id(x.Entry)}
	}
	if c := e.Case; c != nil {
		out.Case = &caseRow{id(c.Pseudonym), val(en, "/case/reference", c.Reference), opt(c.Offence), val(en, "/case/note", c.Note)}
	}
	if a := e.Authorisation; a != nil {
		out.Authorisation = &authorisationRow{r.actor(en, "/authorisation/by", a.By), period(a.At), opt(string(a.State)), period(a.Deadline)}
	}
	if x := e.Result; x != nil {
		out.Result = &resultRow{State: string(x.State), Candidates: (*int64Long)(x.Candidates)}
	}
	if t := e.Transfer; t != nil {
		out.Transfer = &transferRow{opt(t.Reference), opt(t.Ground), list(t.Conditions), r.names.organisation(t.OnwardApproval), period(t.DeleteBy)}
	}
	if c := e.Consent; c != nil {
		out.Consent = &consentRow{r.names.organisation(c.By), val(en, "/consent/scope", c.Scope), period(c.At)}
	}
	if p := e.Permission; p != nil {
		row := &permissionRow{Recipients: []organisationRow{}, Systems: []systemRow{}, Purposes: list(p.Purposes), During: period(p.During), Scope: val(en, "/permission/scope", p.Scope)}
		for _, o := range p.Recipients {
			row.Recipients = append(row.Recipients, r.names.namedOrganisation(o))
		}
		for _, s := range p.Systems {
			row.Systems = append(row.Systems, r.names.namedSystem(s))
		}
		out.Permission = row
	}
	if x := e.Retention; x != nil {
		out.Retention = &retentionRow{opt(x.Rule), period(x.Until), x.Hold}
	}
	if c := e.Citation; c != nil {
		out.Citation = &citationRow{c.Source, opt(c.Locator)}
	}
	if d := e.Declaration; d != nil {
		out.Declares = &declaresRow{string(d.Type), graphql.ID(d.ID)}
	}
	if e.Claim != nil {
		c, err := r.claim(en)
		if err != nil {
			return nil, err
		}
		out.Claim = c
	}
	return out, nil
}

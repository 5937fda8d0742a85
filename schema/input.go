package schema

import (
	"fmt"
	"slices"
	"strings"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/catalog"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/index"
	"github.com/lichtspur/lichtspur/graph/trace"
)

// Arguments with a default take null for the default: clients that have nothing to say about an argument often say null.

// count is how many entries a page is to have.
type count int32

const defaultCount = 50 // as the SDL says

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (count) ImplementsGraphQLType(name string) bool { return name == "Int" }

// Nullable marks that null is taken.
func (*count) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (c *count) UnmarshalGraphQL(input any) error {
	switch n := input.(type) {
	case nil:
		*c = defaultCount
	case int32:
		*c = count(n)
	case float64:
		if n != float64(int32(n)) {
			return errInt
		}
		*c = count(n)
	default:
		return errInt
	}
	return nil
}

var errInt = fmt.Errorf("an Int is a whole number of 32 bits")

// flag is off where nothing or null is given.
type flag bool

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (flag) ImplementsGraphQLType(name string) bool { return name == "Boolean" }

// Nullable marks that null is taken.
func (*flag) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (f *flag) UnmarshalGraphQL(input any) error {
	on, ok := input.(bool)
	if input != nil && !ok {
		return fmt.Errorf("a Boolean is true or false")
	}
	*f = flag(on)
	return nil
}

// eventOrder is the order of a list of entries.
type eventOrder index.Order

var orders = map[string]index.Order{
	"RECORDED": index.Recorded, "RECORDED_DESC": index.RecordedDesc, "OCCURRED": index.Occurred, "OCCURRED_DESC": index.OccurredDesc,
}

// ImplementsGraphQLType implements graphql-go's decode.Unmarshaler.
func (eventOrder) ImplementsGraphQLType(name string) bool { return name == "EventOrder" }

// Nullable marks that null is taken.
func (*eventOrder) Nullable() {}

// UnmarshalGraphQL implements graphql-go's decode.Unmarshaler.
func (o *eventOrder) UnmarshalGraphQL(input any) error {
	if input == nil {
		*o = eventOrder(index.Recorded)
		return nil
	}
	name, _ := input.(string)
	order, ok := orders[name]
	if !ok {
		return fmt.Errorf("%q is no EventOrder", name)
	}
	*o = eventOrder(order)
	return nil
}

type asOfInput struct {
	Size *Long
	At   *DateTime
}

func (a *asOfInput) asOf() graph.AsOf {
	var out graph.AsOf
	if a == nil {
		return out
	}
	if a.Size != nil {
		size := uint64(*a.Size)
		out.Size = &size
	}
	if a.At != nil {
		out.At = a.At.Time
	}
	return out
}

type identityInput struct {
	Pseudonym  *graphql.ID
	Source     *graphql.ID
	Identifier *string
}

type eventFilterInput struct {
	Kinds         *[]string
	Digests       *[]string
	Images        *[]graphql.ID
	Systems       *[]graphql.ID
	Parts         flag
	Organisations *[]graphql.ID
	Actors        *[]identityInput
	Persons       *[]identityInput
	Cases         *[]identityInput
	Records       *[]identityInput
	Sources       *[]graphql.ID
	Collections   *[]graphql.ID
	Documents     *[]graphql.ID
	Purposes      *[]string
	Transfers     *[]string
	Targets       *[]graphql.ID
	Occurred      *Period
	Recorded      *Period
	Exercise      *bool
	Missing       *[]string
	particularsInput
}

// particularsInput are the fields of a filter that the index has no list of.
type particularsInput struct {
	Owners, Requesters, From, To, Origins, Controllers, Databases, Rules *[]graphql.ID
	Countries, Units, Bases, Offences, Grounds, Methods, Withheld        *[]string
	Classes, Authorisations, Inputs, Modes, Results, Roles, Relations    *[]string
	Attested, Decided, Standing                                          *[]string
	Replied                                                              *Period
	Words                                                                *string
	Urgent, Hidden, Bulk, Automated, Held, Superseded, Unmatched, Onward *bool
	Entries                                                              *[]identityInput
}

// words turns an optional list of words of a vocabulary into its members.
func words[T ~string](in *[]string) []T {
	if in == nil {
		return nil
	}
	out := make([]T, len(*in))
	for i, s := range *in {
		out[i] = T(s)
	}
	return out
}

func (in *particularsInput) particulars() (p graph.Particulars, err error) {
	p = graph.Particulars{
		Requesters: texts(in.Requesters), From: texts(in.From), To: texts(in.To), Origins: texts(in.Origins), Controllers: texts(in.Controllers),
		Databases: texts(in.Databases), Rules: texts(in.Rules), Countries: texts(in.Countries), Units: texts(in.Units), Bases: texts(in.Bases),
		Offences: texts(in.Offences), Grounds: texts(in.Grounds), Methods: texts(in.Methods), Withheld: texts(in.Withheld),
		Classes: words[event.RecipientClass](in.Classes), Authorisations: words[event.AuthorisationState](in.Authorisations),
		Inputs: words[event.InputType](in.Inputs), Modes: words[event.Mode](in.Modes), Results: words[event.ResultState](in.Results),
		Roles: words[event.ImageRole](in.Roles), Relations: words[event.Relation](in.Relations), Attested: words[event.Attestation](in.Attested),
		Words: or(in.Words), Urgent: in.Urgent, Hidden: in.Hidden, Bulk: in.Bulk, Automated: in.Automated, Held: in.Held, Superseded: in.Superseded, Unmatched: in.Unmatched, Decided: words[trace.ConsentState](in.Decided), Onward: in.Onward,
		Standing: words[trace.Standing](in.Standing),
	}
	for i, c := range p.Countries {
		p.Countries[i] = strings.ToUpper(c)
	}
	for i, r := range p.Roles {
		if r == "SUBJECT" {
			p.Roles[i] = event.RoleSubject
		}
	}
	if in.Replied != nil {
		p.Replied = in.Replied.Time
	}
	p.Entries, err = identities(in.Entries)
	return p, err
}

// texts turns an optional list into strings: nil stays nil, since an empty list matches nothing.
func texts[T ~string](in *[]T) []string {
	if in == nil {
		return nil
	}
	out := make([]string, len(*in))
	for i, s := range *in {
		out[i] = string(s)
	}
	return out
}

func pseudonyms(in *[]graphql.ID) ([]event.Pseudonym, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]event.Pseudonym, len(*in))
	for i, s := range *in {
		p, err := event.ParsePseudonym(string(s))
		if err != nil {
			return nil, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
		}
		out[i] = p
	}
	return out, nil
}

func identities(in *[]identityInput) ([]graph.Identity, error) {
	if in == nil {
		return nil, nil
	}
	out := make([]graph.Identity, len(*in))
	for i, x := range *in {
		if x.Pseudonym != nil {
			p, err := event.ParsePseudonym(string(*x.Pseudonym))
			if err != nil {
				return nil, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
			}
			out[i].Pseudonym = p
		}
		if x.Source != nil {
			out[i].Source = string(*x.Source)
		}
		if x.Identifier != nil {
			out[i].Identifier = *x.Identifier
		}
	}
	return out, nil
}

var missingFlags = map[string]index.Flags{
	"JUSTIFICATION": index.MissingJustification, "CASE": index.MissingCase, "BASIS": index.MissingBasis,
	"PURPOSE": index.MissingPurpose, "ACTOR": index.MissingActor, "OCCURRED": index.MissingOccurred,
}

// personal reports whether the filter asks by something that belongs in the body of a POST.
func (in *eventFilterInput) personal() bool {
	if in.Digests != nil || in.Units != nil || in.Words != nil {
		return true
	}
	for _, list := range []*[]identityInput{in.Actors, in.Persons, in.Cases, in.Records, in.Entries} {
		if list != nil && slices.ContainsFunc(*list, func(i identityInput) bool { return i.Identifier != nil }) {
			return true
		}
	}
	return false
}

func (in *eventFilterInput) filter(inURL bool) (f graph.EventFilter, err error) {
	if in == nil {
		return f, nil
	}
	if inURL && in.personal() {
		return f, errPersonal
	}
	if in.Kinds != nil {
		f.Kinds = []event.Kind{}
		for _, k := range *in.Kinds {
			f.Kinds = append(f.Kinds, event.Kind(k))
		}
	}
	f.Digests, f.Systems, f.Organisations, f.Sources = texts(in.Digests), texts(in.Systems), texts(in.Organisations), texts(in.Sources)
	f.Purposes, f.Transfers, f.Parts, f.Exercise = texts(in.Purposes), texts(in.Transfers), bool(in.Parts), in.Exercise
	f.Collections, f.Documents = texts(in.Collections), texts(in.Documents)
	if f.Images, err = pseudonyms(in.Images); err != nil {
		return f, err
	}
	if f.Targets, err = pseudonyms(in.Targets); err != nil {
		return f, err
	}
	if f.Actors, err = identities(in.Actors); err != nil {
		return f, err
	}
	if f.Persons, err = identities(in.Persons); err != nil {
		return f, err
	}
	if f.Cases, err = identities(in.Cases); err != nil {
		return f, err
	}
	if f.Records, err = identities(in.Records); err != nil {
		return f, err
	}
	if in.Occurred != nil {
		f.Occurred = in.Occurred.Time
	}
	if in.Recorded != nil {
		f.Recorded = in.Recorded.Time
	}
	if in.Missing != nil {
		// A list that is empty wants nothing to be missing, which is no restriction.
		for _, m := range *in.Missing {
			f.Missing |= missingFlags[m]
		}
	}
	f.Owners = texts(in.Owners)
	f.Particulars, err = in.particulars()
	return f, err
}

type claimFilterInput struct {
	Subjects     *[]graphql.ID
	Parts        flag
	Claimants    *[]graphql.ID
	Propositions *[]graphql.ID
	Questions    *[]graphql.ID
	Documents    *[]graphql.ID
	Stances      *[]string
}

func (in *claimFilterInput) filter() (f graph.ClaimFilter) {
	if in == nil {
		return f
	}
	f = graph.ClaimFilter{Subjects: texts(in.Subjects), Parts: bool(in.Parts), Claimants: texts(in.Claimants),
		Propositions: texts(in.Propositions), Questions: texts(in.Questions), Documents: texts(in.Documents)}
	if in.Stances != nil {
		f.Stances = []event.Stance{}
		for _, s := range *in.Stances {
			f.Stances = append(f.Stances, event.Stance(s))
		}
	}
	return f
}

type organisationFilterInput struct {
	Country *string
	Class   *string
	PartOf  *graphql.ID
	Text    *string
}

func (in *organisationFilterInput) criteria() catalog.Criteria {
	if in == nil {
		return catalog.Criteria{}
	}
	return catalog.Criteria{Country: or(in.Country), Class: event.RecipientClass(or(in.Class)), PartOf: or(in.PartOf), Text: or(in.Text)}
}

type systemFilterInput struct {
	Operator *graphql.ID
	Vendor   *graphql.ID
	Type     *string
	PartOf   *graphql.ID
	Text     *string
}

func (in *systemFilterInput) criteria() catalog.Criteria {
	if in == nil {
		return catalog.Criteria{}
	}
	return catalog.Criteria{Operator: or(in.Operator), Vendor: or(in.Vendor), Type: or(in.Type), PartOf: or(in.PartOf), Text: or(in.Text)}
}

func or[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}

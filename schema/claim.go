package schema

import (
	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
)

type claimRow struct {
	ID          graphql.ID
	Index       Long
	Proposition propositionRow
	Claimant    organisationRow
	Reporter    *organisationRow
	Stance      string
	Modality    string
	SourceClass string
	Question    *string
	Addressee   bool
	ReferredTo  *string
	Reading     bool
	Exercise    bool
	Quantity    *quantity
	Value       *string
	Said        *Period
	Text        *text
	Citation    *citationRow
	Document    *documentRow
}

type propositionRow struct {
	ID         graphql.ID
	Type       string
	Subject    *string
	From       *string
	To         *string
	Population *string
	At         *Period
	Text       *text
	Contested  bool
}

type documentRow struct {
	ID        graphql.ID
	Name      *text
	Publisher *string
	Published *Period
	Reference *string
}

func (r *rows) claim(en *graph.Entry) (*claimRow, error) {
	e, c := en.Event, en.Event.Claim
	p := c.Proposition
	contested, ok := r.tried[p.ID]
	if !ok {
		var err error
		if contested, err = r.view.Contested(r.ctx, p.ID, r.size); err != nil {
			return nil, err
		}
		r.tried[p.ID] = contested
	}
	out := &claimRow{
		ID: graphql.ID(en.ID.String()), Index: Long(en.Index),
		Proposition: propositionRow{graphql.ID(p.ID), string(p.Type), opt(p.Subject), opt(p.From), opt(p.To), opt(p.Population), period(p.At), wording(p.Text), contested},
		Claimant:    r.names.namedOrganisation(c.Claimant), Reporter: r.names.organisation(c.Reporter),
		Stance: string(c.Stance), Modality: string(c.Modality), SourceClass: string(c.SourceClass), Question: opt(c.Question),
		Addressee: c.Addressee, ReferredTo: opt(c.ReferredTo), Reading: c.Reading, Exercise: e.Exercise, Quantity: amount(c.Quantity), Value: opt(c.Value),
		Said: period(e.Occurred), Text: wording(e.Text),
	}
	if e.Citation != nil {
		out.Citation = &citationRow{e.Citation.Source, opt(e.Citation.Locator)}
		out.Document = r.names.document(e.Citation.Source)
	}
	return out, nil
}

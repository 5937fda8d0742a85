package schema

import (
	"context"
	"sync"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
)

// questionnaire is the one that is shipped.
var questionnaire = sync.OnceValue(record.Questions)

// saved are the operations of the questionnaire and of the standing questions, by the hash of their text. A server answers
// them always.
var saved = sync.OnceValue(func() map[string]string {
	texts := map[string]string{}
	add := func(_, text string) { texts[hashOf(text)] = text }
	add(record.Questionnaire())
	for _, q := range questionnaire() {
		add(record.Operation(q.ID))
	}
	for _, q := range record.LoggedQuestions() {
		add(q.Operation())
	}
	return texts
})

type standingQuestionRow struct {
	ID        graphql.ID
	Text      text
	Needs     []string
	Operation string
}

// StandingQuestions resolves Query.standingQuestions.
func (query) StandingQuestions() []standingQuestionRow {
	all := record.LoggedQuestions()
	rows := make([]standingQuestionRow, len(all))
	for i := range all {
		q := &all[i]
		_, text := q.Operation()
		rows[i] = standingQuestionRow{graphql.ID(q.ID), *wording(q.Text), list(q.Needs), text}
	}
	return rows
}

type questionRow struct {
	ID        graphql.ID
	Text      text
	Bodies    []organisationRow
	Operation string

	question *graph.Question
	size     uint64
}

type answerRow struct {
	Status    *string
	Contested bool
	Claims    []*claimRow
	Parts     []answerPartRow
	Beside    []besideRow
	LeftOut   int32
	Reach     *claimedReachRow
	AsOf      Long
}

type answerPartRow struct {
	Part        *text
	Proposition graphql.ID
	Status      string
	How         string
	Contested   bool
	Claims      []*claimRow
	Referrals   []referralRow
	See         *graphql.ID
	Details     []*claimRow
	Values      []answerValueRow
	Sum         []sumRow
	Extent      []sumRow
	Beside      []besideRow
	LeftOut     int32
}

type answerValueRow struct {
	Claim    graphql.ID
	Quantity *quantity
	AtLeast  *int64Long
	AtMost   *int64Long
	Value    *string
}

type referralRow struct {
	To    string
	Claim *claimRow
}

type besideRow struct {
	Claim   *claimRow
	Earlier bool
	About   *graphql.ID
}

type claimedReachRow struct {
	From        graphql.ID
	To          graphql.ID
	Verdict     string
	Path        []*claimRow
	ForbiddenBy []*claimRow
	DeniedBy    []*claimRow
}

// Questions resolves Query.questions.
func (query) Questions(ctx context.Context, args struct{ AsOf *asOfInput }) ([]*questionRow, error) {
	out := make([]*questionRow, len(questionnaire()))
	r, err := questionRows(ctx, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	for i := range out {
		out[i] = r.question(&questionnaire()[i])
	}
	return out, nil
}

// Question resolves Query.question.
func (query) Question(ctx context.Context, args struct {
	ID   graphql.ID
	AsOf *asOfInput
}) (*questionRow, error) {
	r, err := questionRows(ctx, args.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	for i := range questionnaire() {
		if q := &questionnaire()[i]; q.ID == string(args.ID) {
			return r.question(q), nil
		}
	}
	return nil, nil
}

func questionRows(ctx context.Context, at *asOfInput) (*rows, error) {
	a := askingOf(ctx)
	size, err := a.view.TreeSize(at.asOf())
	if err != nil {
		return nil, err
	}
	return rowsOf(ctx, a, size)
}

func (r *rows) question(q *graph.Question) *questionRow {
	out := &questionRow{ID: graphql.ID(q.ID), Text: text{En: opt(q.Text.EN), De: opt(q.Text.DE)}, question: q, size: r.size}
	for _, name := range q.Bodies {
		out.Bodies = append(out.Bodies, r.names.namedOrganisation(name))
	}
	_, out.Operation = record.Operation(q.ID)
	return out
}

// Answer resolves Question.answer. Only who asks for it pays for it.
func (q *questionRow) Answer(ctx context.Context) (*answerRow, error) {
	a := askingOf(ctx)
	if err := a.budget.spendRows(1); err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, q.size)
	if err != nil {
		return nil, wrap(err)
	}
	answer, err := a.view.Answer(ctx, q.question, graph.AsOf{Size: &q.size})
	if err != nil {
		return nil, wrap(err)
	}
	row, err := r.answer(answer)
	return row, wrap(err)
}

func (r *rows) answer(a *graph.Answer) (*answerRow, error) {
	out := &answerRow{Status: opt(string(a.Status())), Contested: a.Contested(), Claims: []*claimRow{}, Parts: make([]answerPartRow, len(a.Parts)), LeftOut: int32(a.LeftOut), AsOf: Long(a.TreeSize)}
	var err error
	for i := range a.Parts {
		if out.Parts[i], err = r.answerPart(&a.Parts[i]); err != nil {
			return nil, err
		}
		out.Claims = append(out.Claims, out.Parts[i].Claims...)
	}
	if out.Beside, err = r.beside(a.Beside); err != nil {
		return nil, err
	}
	if a.Reach != nil {
		out.Reach, err = r.reach(a.Reach)
	}
	return out, err
}

func (r *rows) answerPart(p *graph.PartAnswer) (out answerPartRow, err error) {
	out = answerPartRow{Part: wording(p.Part.Name), Proposition: graphql.ID(p.Part.Proposition), Status: string(p.Status), How: string(p.How), Contested: p.Contested,
		Referrals: make([]referralRow, len(p.Referred)), See: (*graphql.ID)(opt(p.Part.See)), Values: []answerValueRow{}, Sum: sumRows(p.Sum), Extent: sumRows(p.Extent), LeftOut: int32(p.LeftOut)}
	if out.Claims, err = r.claimed(p.Claims); err != nil {
		return out, err
	}
	if out.Details, err = r.claimed(p.Details); err != nil {
		return out, err
	}
	for i, ref := range p.Referred {
		c, err := r.claim(ref.Entry)
		if err != nil {
			return out, err
		}
		out.Referrals[i] = referralRow{ref.To, c}
	}
	for _, list := range [][]*graph.Entry{p.Claims, p.Details} {
		for _, e := range list {
			if c := e.Event.Claim; c.Quantity != nil || c.Value != "" {
				out.Values = append(out.Values, answerValue(e))
			}
		}
	}
	out.Beside, err = r.beside(p.Beside)
	return out, err
}

// answerValue says what a claim states.
func answerValue(e *graph.Entry) answerValueRow {
	c := e.Event.Claim
	out := answerValueRow{Claim: graphql.ID(e.ID.String()), Quantity: amount(c.Quantity), Value: opt(c.Value)}
	if c.Quantity == nil || c.Quantity.Bound == event.BoundAbout {
		return out
	}
	s := graph.Bounds(c.Quantity)
	out.AtMost = (*int64Long)(s.AtMost)
	if c.Quantity.Bound != event.BoundAtMost {
		out.AtLeast = (*int64Long)(&s.AtLeast)
	}
	return out
}

func (r *rows) claimed(entries []*graph.Entry) ([]*claimRow, error) {
	out := make([]*claimRow, len(entries))
	for i, e := range entries {
		var err error
		if out[i], err = r.claim(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *rows) beside(remarks []graph.Remark) ([]besideRow, error) {
	out := make([]besideRow, len(remarks))
	for i, m := range remarks {
		c, err := r.claim(m.Entry)
		if err != nil {
			return nil, err
		}
		out[i] = besideRow{c, m.Earlier, id(m.About)}
	}
	return out, nil
}

func (r *rows) reach(x *graph.Reach) (*claimedReachRow, error) {
	out := &claimedReachRow{From: graphql.ID(x.From), To: graphql.ID(x.To), Verdict: string(x.Verdict)}
	for _, list := range []struct {
		to   *[]*claimRow
		from []*graph.Entry
	}{{&out.Path, x.Path}, {&out.ForbiddenBy, x.ForbiddenBy}, {&out.DeniedBy, x.DeniedBy}} {
		var err error
		if *list.to, err = r.claimed(list.from); err != nil {
			return nil, err
		}
	}
	return out, nil
}

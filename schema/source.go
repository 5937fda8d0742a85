package schema

import (
	"context"
	"time"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
)

type sourceRow struct {
	ID                   graphql.ID
	Name                 *text
	Organisation         *organisationRow
	Declared             bool
	Ended                bool
	Exercise             bool
	HeartbeatSeconds     *Long
	Entries              Long
	LastEntry            *Long
	LastSign             *DateTime
	Batches              Long
	LastBatch            *batchRow
	Forks                int32
	Gaps                 []silenceRow
	SilentSeconds        *Long
	Overdue              bool
	Operations           Long
	WithoutJustification shareRow
	WithoutCase          shareRow
	WithoutActor         shareRow
	Refused              *refusedRow
	TreeSize             Long
}

type batchRow struct {
	Sequence  Long
	Statement string
	Recorded  DateTime
}

type silenceRow struct {
	From    DateTime
	To      DateTime
	Seconds Long
}

type shareRow struct {
	Count Long
	Share *float64
}

type refusedRow struct {
	Events int32
	Newest *DateTime
}

func share(n, of uint64) shareRow {
	s := shareRow{Count: Long(n)}
	if of > 0 {
		part := float64(n) / float64(of)
		s.Share = &part
	}
	return s
}

func seconds(d time.Duration) Long { return Long(d / time.Second) }

// moment answers a time, nil for none.
func moment(t time.Time) *DateTime {
	if t.IsZero() {
		return nil
	}
	return &DateTime{t}
}

// Sources resolves Query.sources.
func (query) Sources(ctx context.Context, args struct{ AsOf *asOfInput }) ([]sourceRow, error) {
	a := askingOf(ctx)
	all, size, err := a.view.Sources(ctx, args.AsOf.asOf())
	if err != nil {
		return nil, wrap(err)
	}
	if err := a.budget.spendRows(len(all)); err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, size)
	if err != nil {
		return nil, wrap(err)
	}
	out := make([]sourceRow, len(all))
	for i, s := range all {
		row := &out[i]
		*row = sourceRow{
			ID: graphql.ID(s.ID), Name: wording(s.Name), Organisation: r.names.organisation(s.Organisation), Declared: s.Declared, Ended: s.Ended, Exercise: s.Exercise,
			HeartbeatSeconds: opt(seconds(s.Heartbeat)), Entries: Long(s.Entries), LastSign: moment(s.LastSign),
			Batches: Long(s.Batches), Forks: int32(s.Forks), Gaps: make([]silenceRow, len(s.Silences)), Overdue: s.Overdue,
			Operations: Long(s.Operations), WithoutJustification: share(s.WithoutJustification, s.Operations),
			WithoutCase: share(s.WithoutCase, s.Operations), WithoutActor: share(s.WithoutActor, s.Operations), TreeSize: Long(size),
		}
		if s.Entries > 0 {
			last := Long(s.Last)
			row.LastEntry = &last
		}
		if s.Batches > 0 {
			row.LastBatch = &batchRow{Long(s.Sequence), s.Statement, DateTime{s.LastBatch}}
		}
		for k, g := range s.Silences {
			row.Gaps[k] = silenceRow{DateTime{g.From}, DateTime{g.To}, seconds(g.To.Sub(g.From))}
		}
		if !s.LastSign.IsZero() {
			silent := seconds(s.Silent)
			row.SilentSeconds = &silent
		}
		if s.Refused != nil {
			row.Refused = &refusedRow{int32(s.Refused.Events), moment(s.Refused.Newest)}
		}
	}
	return out, nil
}

type receiptRow struct {
	Source   graphql.ID
	SourceID string
	Entry    graphql.ID
	Index    Long
	LeafHash string
	Recorded DateTime
}

// Receipt resolves Query.receipt.
func (query) Receipt(ctx context.Context, args struct {
	Source graphql.ID
	ID     string
}) (*receiptRow, error) {
	a := askingOf(ctx)
	if a.inURL {
		return nil, errPersonal
	}
	r, err := a.view.Receipt(ctx, string(args.Source), args.ID)
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	return &receiptRow{args.Source, args.ID, graphql.ID(r.Entry.String()), Long(r.Index), r.LeafHash.String(), DateTime{r.Recorded}}, nil
}

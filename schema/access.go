package schema

import (
	"context"
	"encoding/base64"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/lichtspur/lichtspur/graph"
)

type accessRow struct {
	Index           Long
	ID              graphql.ID
	LeafHash        string
	Recorded        DateTime
	Reader          value
	ReaderPseudonym *graphql.ID
	Role            string
	Organisations   []organisationRow
	Purpose         string
	PurposeText     value
	Way             string
	Stage           *string
	Of              *graphql.ID
	Operation       *string
	Document        *string
	Bytes           *Long
	Rows            *Long
	TreeSize        *Long
	Opened          []subjectRow
}

type subjectRow struct {
	Kind      string
	Sealer    string
	Pseudonym graphql.ID
}

type accessFilterInput struct {
	Readers       *[]string
	Organisations *[]graphql.ID
	Roles         *[]string
	Purposes      *[]string
	Operations    *[]string
	Digests       *[]string
	Images        *[]graphql.ID
	Persons       *[]identityInput
	Cases         *[]identityInput
	Recorded      *Period
}

func (in *accessFilterInput) filter(inURL bool) (f graph.AccessFilter, err error) {
	if in == nil {
		return f, nil
	}
	if inURL && (in.Digests != nil || in.Persons != nil || in.Cases != nil || in.Readers != nil) {
		return f, errPersonal
	}
	f = graph.AccessFilter{
		Readers: texts(in.Readers), Organisations: texts(in.Organisations), Roles: words[graph.Role](in.Roles),
		Operations: texts(in.Operations), Digests: texts(in.Digests),
	}
	if in.Purposes != nil {
		f.Purposes = []graph.Purpose{}
		for _, s := range *in.Purposes {
			p, _, err := graph.ParsePurpose(s)
			if err != nil {
				return f, &graph.Error{Code: graph.CodeBadArgument, Message: err.Error()}
			}
			f.Purposes = append(f.Purposes, p)
		}
	}
	if f.Images, err = pseudonyms(in.Images); err != nil {
		return f, err
	}
	if f.Persons, err = identities(in.Persons); err != nil {
		return f, err
	}
	if f.Cases, err = identities(in.Cases); err != nil {
		return f, err
	}
	if in.Recorded != nil {
		f.Recorded = in.Recorded.Time
	}
	return f, nil
}

// Accesses resolves Query.accesses.
func (query) Accesses(ctx context.Context, args struct {
	Filter *accessFilterInput
	First  count
	After  *string
}) (*connection[*accessRow], error) {
	a := askingOf(ctx)
	f, err := args.Filter.filter(a.inURL)
	if err != nil {
		return nil, wrap(err)
	}
	pg, err := pagination(a, args.First, args.After, nil)
	if err != nil {
		return nil, wrap(err)
	}
	p, err := a.view.Accesses(ctx, f, pg)
	if err != nil {
		return nil, wrap(err)
	}
	size, err := a.view.TreeSize(graph.AsOf{})
	if err != nil {
		return nil, wrap(err)
	}
	r, err := rowsOf(ctx, a, size)
	if err != nil {
		return nil, wrap(err)
	}
	out, err := connect(pg, len(p.Readings), p.More, p.TreeSize, p.Cursor, func(i int) (*accessRow, error) { return r.access(p.Readings[i]), nil })
	return out, wrap(err)
}

func (r *rows) access(a *graph.Reading) *accessRow {
	out := &accessRow{
		Index: Long(a.Index), ID: graphql.ID(a.ID.String()), LeafHash: a.LeafHash.String(), Recorded: DateTime{a.Recorded},
		Reader: value{opt(a.Reader), nil}, ReaderPseudonym: id(a.Pseudonym), Role: string(a.Role), Organisations: make([]organisationRow, len(a.Organisations)),
		Purpose: string(a.Purpose), PurposeText: value{opt(a.Text), nil}, Way: string(a.Way), Stage: opt(string(a.Stage)), Of: id(a.Of),
		Operation: opt(a.Operation), Document: opt(a.Document), Opened: make([]subjectRow, len(a.Opened)),
	}
	if out.Reader.Value == nil {
		out.Reader.Absent = opt(string(a.Absent))
	}
	if out.PurposeText.Value == nil {
		out.PurposeText.Absent = opt(string(a.TextAbsent))
	}
	if !a.Foreign {
		bytes, rows, size := Long(a.Bytes), Long(a.Rows), Long(a.TreeSize)
		out.Bytes, out.Rows, out.TreeSize = &bytes, &rows, &size
	}
	for i, o := range a.Organisations {
		out.Organisations[i] = r.names.namedOrganisation(o)
	}
	for i, s := range a.Opened {
		out.Opened[i] = subjectRow{string(s.Kind), s.Sealer, graphql.ID(s.Pseudonym.String())}
	}
	return out
}

// AccessCheckpoint resolves Query.accessCheckpoint.
func (query) AccessCheckpoint(ctx context.Context) (*checkpointRow, error) {
	v := viewOf(ctx)
	h, err := v.AccessCheckpoint()
	if err != nil {
		return nil, wrap(err)
	}
	out := checkpoint(v.AccessOrigin(), h)
	return &out, nil
}

// AccessProof resolves Query.accessProof.
func (query) AccessProof(ctx context.Context, args struct{ Access graphql.ID }) (*proofRow, error) {
	v := viewOf(ctx)
	p, err := v.ProveAccess(ctx, string(args.Access))
	return proofOf(p, v.AccessOrigin(), err)
}

// proofOf answers a proof, or null where what is to be proven is not there.
func proofOf(p *graph.Proof, origin string, err error) (*proofRow, error) {
	if graph.CodeOf(err) == graph.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, wrap(err)
	}
	out := &proofRow{Index: Long(p.Index), LeafHash: p.Hash.String(), Path: encoded(p.Path), Checkpoint: checkpoint(origin, p.Head)}
	out.Disclosures = list(p.Disclosures)
	if p.Leaf == nil {
		return out, nil
	}
	leaf := base64.StdEncoding.EncodeToString(p.Leaf)
	out.Leaf = &leaf
	text, err := p.Text()
	out.Text = opt(string(text))
	return out, wrap(err)
}

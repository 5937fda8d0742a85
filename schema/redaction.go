package schema

import (
	graphql "github.com/graph-gophers/graphql-go"
)

type redactionRow struct {
	Entry     graphql.ID
	Index     Long
	Recorded  DateTime
	Subject   string
	Requester string
	Approver  string
	Basis     string
}

// Redactions resolves Event.redactions. It is a method, so that only who asks pays for it.
func (r *eventRow) Redactions() ([]redactionRow, error) {
	list, err := r.rows.view.Redactions(r.entry, r.rows.size)
	out := make([]redactionRow, len(list))
	for i, e := range list {
		out[i] = redactionRow{Entry: graphql.ID(e.ID.String()), Index: Long(e.Index), Recorded: DateTime{e.Recorded},
			Subject: string(e.Subject), Requester: e.Requester, Approver: e.Approver, Basis: e.Basis}
	}
	return out, wrap(err)
}

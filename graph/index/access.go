package index

import "github.com/lichtspur/lichtspur/graph/event"

// access posts an entry of the access ledger under what it says of the reading: the reader's organisations, the role,
// the operation by way, name and document, the subjects opened and who owned them. (The reader is the actor.) Both
// kinds of organisation are its parties.
func (h *head) access(a *event.Access, at uint32) {
	for _, id := range a.Organisations {
		h.setting.parties = append(h.setting.parties, h.post(dimOrganisation, id, at))
	}
	for _, id := range a.Owners {
		h.setting.parties = append(h.setting.parties, h.post(dimOwner, id, at))
	}
	h.post(dimRole, a.Role, at)
	h.post(dimOperation, string(a.Way), at)
	if a.Operation != string(a.Way) {
		h.post(dimOperation, a.Operation, at)
	}
	h.post(dimOperation, a.Document, at)
	for i := range a.Opened {
		o := &a.Opened[i]
		for _, p := range o.Pseudonyms {
			h.subject(dimensionOf(o.Subject), p, h.x.sealerOf(o.Sealer), at)
		}
	}
}

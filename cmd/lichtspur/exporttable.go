package main

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// eventColumns are those of entries in CSV. Lists are divided by spaces; absent says why a value is not there.
var eventColumns = []string{
	"index", "id", "source", "source_id", "kind", "operation", "occurred", "recorded", "standing", "attested", "exercise", "counterpart",
	"requester", "from_organisation", "from_system", "from_country", "from_class", "to_organisation", "to_system", "to_country", "to_class",
	"origin", "owner", "controller", "actor", "actor_pseudonym", "actor_role", "actor_automated",
	"images", "digests", "roles", "collection", "quantity", "bound", "unit", "purpose", "basis", "justification", "case", "case_pseudonym",
	"urgent", "input", "mode", "databases", "result", "candidates", "transfer", "ground", "method", "hidden", "rule", "until",
	"document", "locator", "stance", "modality", "claimant", "proposition", "relates", "text", "text_de", "withheld", "absent", "leaf_hash",
}

func eventCells(text jsontext.Value) ([]any, error) {
	var e partEvent
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, err
	}
	var absent []string
	var counterpart, actor, pseudonym, role, automated, quantity, bound, unit, reference, of, state, candidates, transfer, ground, rule, until any
	if e.Counterpart != nil {
		counterpart = optional(e.Counterpart.Entry)
	}
	if a := e.Actor; a != nil {
		actor, pseudonym, role, automated = a.ID.told("actor", &absent), optional(a.Pseudonym), optional(a.Role), a.Automated
	}
	var images, digests, roles []string
	for i := range e.Images {
		m := &e.Images[i]
		roles = append(roles, m.Role)
		if m.Pseudonym != nil {
			images = append(images, *m.Pseudonym)
		}
		if m.Digest.Value != nil {
			digests = append(digests, *m.Digest.Value)
		}
	}
	if q := e.Quantity; q != nil {
		quantity, bound, unit = q.Amount, q.Bound, q.Unit
		if q.Exclusive {
			bound = map[string]string{"AT_LEAST": "MORE_THAN", "AT_MOST": "FEWER_THAN"}[q.Bound]
		}
	}
	if c := e.Case; c != nil {
		reference, of = c.Reference.told("case", &absent), optional(c.Pseudonym)
	}
	if r := e.Result; r != nil {
		state = r.State
		if r.Candidates != nil {
			candidates = *r.Candidates
		}
	}
	if t := e.Transfer; t != nil {
		transfer, ground = optional(t.Reference), optional(t.Ground)
	}
	if r := e.Retention; r != nil {
		rule, until = optional(r.Rule), optional(r.Until)
	}
	var databases, relates []string
	for i := range e.Databases {
		databases = append(databases, e.Databases[i].System.ID)
	}
	for _, r := range e.Relates {
		if r.Entry != nil {
			relates = append(relates, r.Relation+":"+*r.Entry)
		}
	}
	var document, locator, stance, modality, claimant, proposition, en, de any
	if c := e.Citation; c != nil {
		document, locator = c.Source, optional(c.Locator)
	}
	if c := e.Claim; c != nil {
		stance, modality, claimant, proposition = c.Stance, c.Modality, c.Claimant.ID, c.Proposition.ID
	}
	if t := e.Text; t != nil {
		en, de = optional(t.EN), optional(t.DE)
		if t.Absent != nil {
			absent = append(absent, "text:"+*t.Absent)
		}
	}
	from, to := e.From.parts(), e.To.parts()
	justification, id := e.Justification.told("justification", &absent), e.SourceID.told("source_id", &absent)
	return []any{
		e.Index, e.ID, e.Source, id, e.Kind, optional(e.Operation), optional(e.Occurred), e.Recorded, e.Standing, e.Signature.Attested, e.Exercise, counterpart,
		idOf(e.Requester), from[0], from[1], from[2], from[3], to[0], to[1], to[2], to[3],
		idOf(e.Origin), idOf(e.Owner), idOf(e.Controller), actor, pseudonym, role, automated,
		images, digests, roles, optional(e.Collection), quantity, bound, unit, optional(e.Purpose), phrases(e.Basis), justification, reference, of,
		e.Urgent, optional(e.Input), optional(e.Mode), databases, state, candidates, transfer, ground, optional(e.Method), e.HiddenFromSubject, rule, until,
		document, locator, stance, modality, claimant, proposition, relates, en, de, e.Withheld, absent, e.LeafHash,
	}, nil
}

// Entries as a graph.
var (
	eventNodes = []trait{{"name", "string"}, {"type", "string"}, {"kind", "string"}, {"index", "long"}, {"occurred", "string"}, {"recorded", "string"},
		{"source", "string"}, {"standing", "string"}, {"attested", "string"}, {"purpose", "string"}, {"basis", "string"}, {"exercise", "boolean"}, {"digest", "string"}}
	eventEdges = []trait{{"role", "string"}, {"score", "long"}}
)

// eventGraph adds an entry, with what it names.
func eventGraph(n *network, text jsontext.Value) error {
	var e partEvent
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	entry := "entry:" + e.ID
	if err := n.node(entry, e.Kind+" "+strconv.FormatUint(e.Index, 10), "ENTRY", e.Kind, e.Index, optional(e.Occurred), e.Recorded,
		e.Source, e.Standing, e.Signature.Attested, optional(e.Purpose), phrases(e.Basis), e.Exercise, nil); err != nil {
		return err
	}
	thing := func(id, name, of string, digest any) error {
		return n.node(id, name, of, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, digest)
	}
	// link draws an edge in the direction in which something moved: to the entry, or from it.
	link := func(id, name, of, role string, outwards bool, score, digest any) error {
		if err := thing(id, name, of, digest); err != nil {
			return err
		}
		if outwards {
			return n.edge(entry, id, role, score)
		}
		return n.edge(id, entry, role, score)
	}
	place := func(e *end, role string, outwards bool) error {
		switch {
		case e == nil:
			return nil
		case e.System != nil:
			return link("system:"+e.System.ID, e.System.ID, "SYSTEM", role, outwards, nil, nil)
		case e.Organisation != nil:
			return link("organisation:"+e.Organisation.ID, e.Organisation.ID, "ORGANISATION", role, outwards, nil, nil)
		}
		return nil
	}
	ends := [2]*end{}
	for i, l := range []*located{e.From, e.To} {
		if l != nil {
			ends[i] = &l.end
		}
	}
	if err := place(ends[0], "from", false); err != nil {
		return err
	}
	if err := place(ends[1], "to", true); err != nil {
		return err
	}
	if e.Requester != nil {
		if err := place(&end{Organisation: e.Requester}, "requester", false); err != nil {
			return err
		}
	}
	for i := range e.Databases {
		if err := place(&end{System: &e.Databases[i].System}, "database", true); err != nil {
			return err
		}
	}
	if a := e.Actor; a != nil && a.Pseudonym != nil {
		if err := link("person:"+*a.Pseudonym, *a.Pseudonym, "PERSON", "actor", false, nil, nil); err != nil {
			return err
		}
	}
	for i := range e.Images {
		m := &e.Images[i]
		if m.Pseudonym == nil {
			continue
		}
		var score any
		if m.Score != nil {
			score = *m.Score
		}
		if err := link("image:"+*m.Pseudonym, *m.Pseudonym, "IMAGE", m.Role, m.Role == "CHILD" || m.Role == "CANDIDATE", score, optional(m.Digest.Value)); err != nil {
			return err
		}
	}
	for _, r := range e.Relates {
		if r.Entry != nil {
			n.named("entry:" + *r.Entry)
			if err := n.edge(entry, "entry:"+*r.Entry, r.Relation, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

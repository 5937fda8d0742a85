package index

import "github.com/lichtspur/lichtspur/graph/event"

// link is one LINK entry: its two ends denote the same subject.
//
// What is the same is worked out for each question, by walking from end to end over the links below the tree size
// asked for that have not been superseded below it. A union-find would be faster and could not be asked about an
// earlier size, nor could a link be taken back; the classes are small, as their members are the sealers that met
// the subject, and again after each redaction.
type link struct {
	a, b  end
	at    uint32 // the entry
	exact bool   // rests on equal digests, not on a method and a score
}

// end is a denotation with the sealer as a number.
type end struct {
	pseudonym event.Pseudonym
	sealer    uint32
}

// methodDigest is the method of an exact link.
const methodDigest = "digest"

func (h *Head) link(l *event.Link, at uint32) {
	of := dimensionOf(l.Subject)
	if of == 0 || l.A.Pseudonym.IsZero() || l.B.Pseudonym.IsZero() {
		return
	}
	n, k := h.links.append()
	k.a = end{l.A.Pseudonym, h.sealerOf(l.A.Sealer)}
	k.b = end{l.B.Pseudonym, h.sealerOf(l.B.Sealer)}
	k.at, k.exact = at, l.Method == methodDigest
	for _, e := range [...]end{k.a, k.b} {
		h.subject(of, e.pseudonym, e.sealer, at)
		h.key = h.key.link(of, e.pseudonym, e.sealer)
		h.add(h.names.add(h.key), n)
	}
}

// Equivalent returns d and everything that LINK entries below asOf say denotes the same subject: d first, then in
// the order found, which is the same for the same log. A LINK that an entry below asOf of the same source corrects
// does not count. inferred follows links that rest on a method and a score, too.
func (h *Head) Equivalent(kind event.SubjectKind, d event.Denotation, asOf uint64, inferred bool) []event.Denotation {
	limit := h.limit(asOf)
	all := []event.Denotation{d}
	of := dimensionOf(kind)
	sealer, ok := h.lookup(keyBuffer(nil).text(dimSealer, d.Sealer))
	if of == 0 || !ok {
		return all
	}
	found := []end{{d.Pseudonym, sealer}}
	seen := map[end]bool{found[0]: true}
	key := make(keyBuffer, 0, 32)
	for i := 0; i < len(found); i++ {
		key = key.link(of, found[i].pseudonym, found[i].sealer)
		n, ok := h.lookup(key)
		if !ok {
			continue
		}
		links := h.lists.open(h.names.lists.at(n), ^uint32(0))
		for j := range links.n {
			l := h.links.at(links.at(j))
			if l.at >= limit {
				break
			}
			other := l.a
			if other == found[i] {
				other = l.b
			}
			if seen[other] || !l.exact && !inferred || h.superseded(l.at, limit) {
				continue
			}
			seen[other] = true
			found = append(found, other)
			all = append(all, event.Denotation{Sealer: h.Name(Name(other.sealer)), Pseudonym: other.pseudonym})
		}
	}
	return all
}

// Superseded reports whether an entry below asOf of the same source corrects the one with this index, which must be
// below [Head.Size].
func (h *Head) Superseded(index, asOf uint64) bool {
	return h.superseded(h.visible(index), h.limit(asOf))
}

// superseded reports whether an entry below limit of the same source corrects this one. Another source's
// correction only annotates.
func (h *Head) superseded(at, limit uint32) bool {
	n, ok := h.lookup(make(keyBuffer, 0, 32).entry(dimSuperseded, *h.ids.at(at)))
	if !ok {
		return false
	}
	by := h.lists.open(h.names.lists.at(n), limit)
	for i := range by.n {
		if h.rows.at(by.at(i)).Source == h.rows.at(at).Source {
			return true
		}
	}
	return false
}

// lookup returns the number of a key, to readers.
func (h *Head) lookup(key keyBuffer) (uint32, bool) { return h.names.find(key) }

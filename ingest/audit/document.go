package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits of one record.
const (
	MaxRecord = 4 << 20  // bytes of JSON
	maxNodes  = 1 << 16  // members and elements
	maxDepth  = 64       // objects and lists within each other
	maxText   = 64 << 10 // bytes of a text that is kept
	maxWidth  = 1024     // members of one object
)

// kind is what a node holds.
type kind uint8

const (
	nothing kind = iota // null
	text                // a string, or the value of an element
	number              // as it is written
	truth               // true or false
	branch              // an object, an element with others in it
	lost                // a text that is longer than maxText, or not UTF-8: it is not kept
)

// Document is one record as a tree, from JSON or XML alike: the elements of a list are members of the same name, one
// after another, and a list within a list is one list. It is used again for the next record.
type Document struct {
	Place  int64 // of the record, from 1
	Around bool  // the object that stood around a list of records, which are gone from it

	raw   []byte // the record in JSON; of one in XML the texts that were too long
	text  []byte // names and texts
	nodes []node // the first is the root
	open  []int32
}

type node struct {
	name, value span
	raw         span
	first, last int32 // child; 0: none
	next        int32 // sibling; 0: none
	kind        kind
	used        bool
}

// span is a piece of a buffer.
type span struct{ from, to int32 }

func (d *Document) reset() {
	d.text, d.nodes, d.open, d.Around = d.text[:0], d.nodes[:0], d.open[:0], false
}

// Begin empties the document and begins the root of the next record, which is not JSON.
func (d *Document) Begin() {
	d.reset()
	d.raw = d.raw[:0]
	d.nodes = append(d.nodes, node{kind: branch})
	d.open = append(d.open, 0)
}

// Open begins a member of the branch that is open. It is false where the record has too many, or is too deep.
func (d *Document) Open(name string) bool {
	if len(d.nodes) >= maxNodes || len(d.open) > maxDepth {
		return false
	}
	d.add(d.keep([]byte(name)), branch)
	d.open = append(d.open, int32(len(d.nodes)-1))
	return true
}

// Set gives the open member a text.
func (d *Document) Set(s string) {
	n := &d.nodes[d.open[len(d.open)-1]]
	if len(s) > maxText || !utf8.ValidString(s) {
		if n.kind = lost; len(d.raw)+len(s) <= MaxRecord {
			from := int32(len(d.raw))
			d.raw = append(d.raw, s...)
			n.raw = span{from, int32(len(d.raw))}
		}
		return
	}
	if n.first == 0 {
		n.kind = text
	}
	n.value = d.keep([]byte(s))
}

// Close ends the open member.
func (d *Document) Close() { d.open = d.open[:len(d.open)-1] }

func (d *Document) keep(b []byte) span {
	from := int32(len(d.text))
	d.text = append(d.text, b...)
	return span{from, int32(len(d.text))}
}

// add adds a node to the open branch and returns its number.
func (d *Document) add(name span, k kind) int32 {
	i := int32(len(d.nodes))
	d.nodes = append(d.nodes, node{name: name, kind: k})
	p := &d.nodes[d.open[len(d.open)-1]]
	if p.kind == text {
		p.kind = branch // an element with a value and others in it
	}
	if p.first == 0 {
		p.first = i
	} else {
		d.nodes[p.last].next = i
	}
	p.last = i
	return i
}

// Root returns the record itself.
func (d *Document) Root() Node { return Node{d, 0} }

// Digest is the SHA-256 of what the record says, whatever white space, and whatever encoding, it is written with.
func (d *Document) Digest() (out [32]byte) {
	h := sha256.New()
	var walk func(i int32)
	walk = func(i int32) {
		n := &d.nodes[i]
		var head [9]byte
		binary.BigEndian.PutUint32(head[:], uint32(n.name.to-n.name.from))
		binary.BigEndian.PutUint32(head[4:], uint32(n.value.to-n.value.from))
		if n.first != 0 {
			head[8] = 1
		}
		h.Write(head[:])
		h.Write(d.text[n.name.from:n.name.to])
		h.Write(d.text[n.value.from:n.value.to])
		if n.kind == lost {
			h.Write(d.raw[n.raw.from:n.raw.to])
		}
		for c := n.first; c != 0; c = d.nodes[c].next {
			walk(c)
		}
		h.Write([]byte{0})
	}
	walk(0)
	h.Sum(out[:0])
	return out
}

// Node is a member of a record. The zero Node is one that is not there: it has no text and no members.
type Node struct {
	d *Document
	i int32
}

func (n Node) node() *node { return &n.d.nodes[n.i] }

// There reports whether the node is there and not null.
func (n Node) There() bool { return n.d != nil && n.node().kind != nothing }

// Branch reports whether the node has members.
func (n Node) Branch() bool { return n.d != nil && n.node().kind == branch }

// Name returns the node's name.
func (n Node) Name() string {
	if n.d == nil {
		return ""
	}
	s := n.node().name
	return string(n.d.text[s.from:s.to])
}

// Text returns the text of a string, number or truth value, "" of anything else. What is asked for counts as used, see
// [Node.Unused].
func (n Node) Text() string {
	if n.d == nil {
		return ""
	}
	x := n.node()
	x.used = true
	return string(n.d.text[x.value.from:x.value.to])
}

// Lost reports whether the node's text was not kept.
func (n Node) Lost() bool { return n.d != nil && n.node().kind == lost }

// IsText reports whether the node is a string, as JSON tells it from a number.
func (n Node) IsText() bool { return n.d != nil && n.node().kind == text }

// Raw returns the JSON of the node, valid until the next record. It is nil for a document that was not JSON.
func (n Node) Raw() []byte {
	if n.d == nil {
		return nil
	}
	s := n.node().raw
	return n.d.raw[s.from:s.to]
}

// Whole returns the text of a string even where it is too long to be kept, nil where it is no text or too long for a record.
func (n Node) Whole() []byte {
	if !n.Lost() {
		return []byte(n.Text())
	}
	n.node().used = true
	raw := n.Raw()
	if len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	whole, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return nil
	}
	return whole
}

// Use marks the node and all beneath it as used.
func (n Node) Use() Node {
	if n.d != nil {
		n.node().used = true
		for c := range n.Each() {
			c.Use()
		}
	}
	return n
}

// Each gives the node's members.
func (n Node) Each() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.d == nil {
			return
		}
		for c := n.node().first; c != 0; c = n.d.nodes[c].next {
			if !yield(Node{n.d, c}) {
				return
			}
		}
	}
}

// All gives the members of that name.
func (n Node) All(name string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := range n.Each() {
			if c.is(name) && !yield(c) {
				return
			}
		}
	}
}

func (n Node) is(name string) bool {
	s := n.node().name
	return string(n.d.text[s.from:s.to]) == name
}

// At goes down by names, the first member of each.
func (n Node) At(names ...string) Node {
	for _, name := range names {
		n = n.member(name)
		if n.d == nil {
			return Node{}
		}
	}
	return n
}

func (n Node) member(name string) Node {
	if n.d == nil {
		return Node{}
	}
	for c := n.node().first; c != 0; c = n.d.nodes[c].next {
		if m := (Node{n.d, c}); m.is(name) {
			return m
		}
	}
	return Node{}
}

// First returns the text at the first of the paths (names with dots between them) that has one.
func (n Node) First(paths ...string) string {
	for _, p := range paths {
		at := n
		for at.d != nil && p != "" {
			var name string
			name, p, _ = strings.Cut(p, ".")
			at = at.member(name)
		}
		if s := at.Text(); s != "" {
			return s
		}
	}
	return ""
}

// Unused gives what was never asked for, with its path, two names deep: a member of which nothing was used, or, where some
// of it was, those of its members of which nothing was. Null is not among them.
func (n Node) Unused() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		for c := range n.Each() {
			if !c.There() {
				continue
			}
			if !c.touched() {
				if !yield(c.Name(), c) {
					return
				}
				continue
			}
			for m := range c.Each() {
				if m.There() && !m.touched() && !yield(c.Name()+"."+m.Name(), m) {
					return
				}
			}
		}
	}
}

func (n Node) touched() bool {
	if n.node().used {
		return true
	}
	for c := range n.Each() {
		if c.touched() {
			return true
		}
	}
	return false
}

// Peek returns the node's text, as [Node.Text] does, without counting it as used.
func (n Node) Peek() string {
	if n.d == nil {
		return ""
	}
	s := n.node().value
	return string(n.d.text[s.from:s.to])
}

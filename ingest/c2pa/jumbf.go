package c2pa

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// superbox is a JUMBF superbox (ISO/IEC 19566-5): a description and what it describes. All of it is a part of the store.
type superbox struct {
	uuid    [16]byte
	label   string
	content []byte // description and content boxes: what hashes of it are over
	boxes   []box  // content boxes
	super   []*superbox
}

// box is a box of content.
type box struct {
	kind string
	data []byte
}

// The bounds of a store's structure.
const (
	maxDepth = 8
	maxBoxes = 4096
)

// The types of superboxes: four letters and the rest of ISO's UUIDs.
var (
	typeStore  = boxType("c2pa")
	typeClaim  = boxType("c2cl")
	typeUpdate = boxType("c2um")
)

func boxType(name string) (out [16]byte) {
	copy(out[:], name)
	rest, err := hex.DecodeString("00110010800000aa00389b71")
	if err != nil {
		panic(err) // a constant
	}
	copy(out[4:], rest)
	return out
}

// isStore reports whether the content of a superbox begins as that of a manifest store.
func isStore(content []byte) bool {
	return len(content) >= 24 && string(content[4:8]) == "jumd" && bytes.Equal(content[8:24], typeStore[:])
}

// parser reads boxes, of which it counts that there are not too many.
type parser struct{ left int }

// parseStore reads a manifest store.
func parseStore(b []byte) (*superbox, error) {
	p := &parser{left: maxBoxes}
	kind, data, rest, err := p.next(b)
	if err != nil {
		return nil, err
	}
	if kind != "jumb" || len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, malformed("the manifest store is not one superbox")
	}
	s, err := p.superbox(data, 1)
	if err != nil {
		return nil, err
	}
	if s.uuid != typeStore || s.label != "c2pa" {
		return nil, malformed("the superbox is no manifest store")
	}
	return s, nil
}

// next takes the next box.
func (p *parser) next(b []byte) (kind string, data, rest []byte, err error) {
	if p.left--; p.left < 0 {
		return "", nil, nil, malformed("the manifest store has more than %d boxes", maxBoxes)
	}
	if len(b) < 8 {
		return "", nil, nil, malformed("a box of the manifest store is cut off")
	}
	n, header := uint64(binary.BigEndian.Uint32(b)), uint64(8)
	switch n {
	case 0:
		n = uint64(len(b))
	case 1:
		if len(b) < 16 {
			return "", nil, nil, malformed("a box of the manifest store is cut off")
		}
		n, header = binary.BigEndian.Uint64(b[8:]), 16
	}
	if n < header || n > uint64(len(b)) {
		return "", nil, nil, malformed("a box of the manifest store is not as long as it says")
	}
	return string(b[4:8]), b[header:n], b[n:], nil
}

// superbox reads the content of a superbox.
func (p *parser) superbox(b []byte, depth int) (*superbox, error) {
	if depth > maxDepth {
		return nil, malformed("the boxes of the manifest store are nested too deep")
	}
	s := &superbox{content: b}
	kind, d, b, err := p.next(b)
	if err != nil {
		return nil, err
	}
	if kind != "jumd" || len(d) < 17 {
		return nil, malformed("a superbox has no description")
	}
	copy(s.uuid[:], d)
	if toggles := d[16]; toggles&2 != 0 {
		end := bytes.IndexByte(d[17:], 0)
		if end < 0 {
			return nil, malformed("the label of a superbox does not end")
		}
		s.label = strings.ToValidUTF8(string(d[17:17+end]), "\ufffd")
	}
	for len(b) > 0 {
		var data []byte
		if kind, data, b, err = p.next(b); err != nil {
			return nil, err
		}
		if kind != "jumb" {
			s.boxes = append(s.boxes, box{kind, data})
			continue
		}
		inner, err := p.superbox(data, depth+1)
		if err != nil {
			return nil, err
		}
		s.super = append(s.super, inner)
	}
	return s, nil
}

// child returns the superbox of that label, nil where there is none.
func (s *superbox) child(label string) *superbox {
	for _, c := range s.super {
		if c.label == label {
			return c
		}
	}
	return nil
}

// data returns the content of the first box of a kind, nil where there is none.
func (s *superbox) data(kind string) []byte {
	for _, b := range s.boxes {
		if b.kind == kind {
			return b.data
		}
	}
	return nil
}

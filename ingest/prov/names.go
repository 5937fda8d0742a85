package prov

import (
	"strings"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Namespaces of documents.
const (
	// Namespace is that of what PROV has no term for: kinds of entry, standing, consent, the entry itself.
	Namespace = "https://github.com/lichtspur/lichtspur/prov#"

	provNS = "http://www.w3.org/ns/prov#"
	xsdNS  = "http://www.w3.org/2001/XMLSchema#"
)

// Prefixes of what is written.
const (
	prefixOwn = "lichtspur" // [Namespace]
	prefixLog = "log"       // identifiers of one log
)

// LogNamespace is the namespace of the identifiers of a log, by its origin.
func LogNamespace(origin string) string { return "https://" + strings.Trim(origin, "/") + "/" }

// names makes the identifiers of one log. In a document being written base is the prefix "log:", in one being read the
// namespace itself.
//
//	entry/ENTRY               activity: what an entry says was done
//	image/PSEUDONYM@PLACE     entity: a copy, an image in a system, or in an organisation where no system is named
//	image/PSEUDONYM           entity: the image, wherever it is
//	collection/ID@PLACE       entity: many images, named as a collection
//	entry/ENTRY/images@PLACE  entity: many images, of which only a quantity is known
//	organisation/ID, system/ID, country/CODE, person/PSEUDONYM
//	entry/ENTRY/process       agent: a process without a name
type names struct{ base string }

func (n names) entry(p event.Pseudonym) string { return n.base + "entry/" + p.String() }

func (n names) organisation(id string) string { return n.base + "organisation/" + id }

func (n names) system(id string) string { return n.base + "system/" + id }

// image names an image, or its copy in a place. nth is its place in the entry, which names an image of which nothing may
// be shown.
func (n names) image(of event.Pseudonym, i *event.Image, nth string, place string) string {
	s := n.base
	switch {
	case !i.Pseudonym.IsZero():
		s += "image/" + i.Pseudonym.String()
	case i.Digest != "":
		s += "image/" + i.Digest
	default:
		s += "entry/" + of.String() + "/image/" + nth
	}
	return s + at(place)
}

func (n names) copy(image, place string) string { return n.base + "image/" + image + at(place) }

func at(place string) string {
	if place == "" {
		return ""
	}
	return "@" + place
}

// placeOf is the system of a place, else its organisation, else its country.
func placeOf(p event.Place) string {
	switch {
	case p.System != "":
		return p.System
	case p.Organisation != "":
		return p.Organisation
	}
	return p.Country
}

// scope resolves the names of a document or bundle.
type scope struct {
	prefixes map[string]string // "" is the default namespace
	outer    *scope
}

func (s *scope) namespace(prefix string) (string, bool) {
	for ; s != nil; s = s.outer {
		if ns, ok := s.prefixes[prefix]; ok {
			return ns, true
		}
	}
	switch prefix {
	case "prov":
		return provNS, true
	case "xsd":
		return xsdNS, true
	}
	return "", false
}

// expand turns a qualified name into a URI. A blank node stays as it is, and so does a name whose prefix is not declared:
// ok is false then.
func (s *scope) expand(name string) (uri string, ok bool) {
	prefix, local, has := strings.Cut(name, ":")
	if !has {
		prefix, local = "", name
	}
	if prefix == "_" && has {
		return name, true
	}
	ns, ok := s.namespace(prefix)
	if !ok {
		return name, has && strings.HasPrefix(local, "//")
	}
	return ns + local, true
}

// local is the last part of a URI.
func local(uri string) string {
	uri = strings.TrimRight(uri, "/#:")
	return uri[strings.LastIndexAny(uri, "/#:")+1:]
}

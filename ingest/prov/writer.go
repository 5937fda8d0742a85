package prov

import (
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Header is what a document says of itself.
type Header struct {
	Origin   string // of the log
	TreeSize uint64 // that it holds for
}

// prefixes writes the beginning of a document: the namespaces that all of it uses.
func (h Header) prefixes(b []byte) []byte {
	b = append(b, "{\n\"prefix\":{\"prov\":"...)
	b = append(append(b, text(provNS)...), ",\"xsd\":"...)
	b = append(append(b, text(xsdNS)...), ",\""+prefixOwn+"\":"...)
	b = append(append(b, text(Namespace)...), ",\""+prefixLog+"\":"...)
	return append(append(b, text(LogNamespace(h.Origin))...), '}')
}

// End is what is known of an answer when it ends.
type End struct {
	Bundles    uint64 // of a [Writer]: entries or flows; it counts them itself
	Complete   bool
	Reason     string // why it is not
	OutOfScope bool   // there is more than the reader may see
}

// state is the entity that stands for the state of the log that a document holds for.
func (h Header) state(d *statements, e End) {
	d.thing("entity", d.base+"state/"+strconv.FormatUint(h.TreeSize, 10),
		attribute{"prov:type", own("State")},
		attribute{"lichtspur:origin", text(h.Origin)},
		attribute{"lichtspur:treeSize", typed(strconv.FormatUint(h.TreeSize, 10), "xsd:long")},
		attribute{"lichtspur:bundles", count(e.Bundles)},
		attribute{"lichtspur:complete", strconv.FormatBool(e.Complete)},
		attribute{"lichtspur:incompleteReason", text(e.Reason)},
		attribute{"lichtspur:outOfScope", truth(e.OutOfScope)})
}

// count is a number of things, where there are any.
func count(n uint64) string {
	if n == 0 {
		return ""
	}
	return typed(strconv.FormatUint(n, 10), "xsd:long")
}

// Writer writes a list of entries as they come: each is a bundle of its own, so that neither who writes nor who reads
// such a document holds more than one.
type Writer struct {
	w       io.Writer
	header  Header
	bundles uint64
	b       []byte
}

// NewWriter begins a document.
func NewWriter(w io.Writer, h Header) *Writer {
	return &Writer{w: w, header: h, b: h.prefixes(nil)}
}

// Entry writes an entry.
func (w *Writer) Entry(en *Entry) error {
	if err := en.fill(); err != nil {
		return err
	}
	d := newStatements(prefixLog + ":")
	d.express(en)
	return w.bundle(d.entry(en.ID), d)
}

// Flow writes a flow: an activity that used images in one place and brought images to another.
func (w *Writer) Flow(f *Flow) error {
	d := &Document{d: newStatements(prefixLog + ":")}
	activity := d.d.base + "flow/" + strconv.FormatUint(w.bundles+1, 10)
	attrs := []attribute{{"prov:type", own("Flow")}}
	for _, s := range f.Said {
		v := text(s.Text)
		if s.Number {
			v = typed(s.Text, "xsd:long")
		}
		attrs = append(attrs, attribute{prefixOwn + ":" + s.Name, v})
	}
	d.d.thing("activity", activity, attrs...)
	from, to := d.place("", f.From), d.place("", f.To)
	d.d.relate("used", []string{activity, from, ""})
	if from != to {
		d.d.relate("wasGeneratedBy", []string{to, activity, ""})
		d.d.relate("wasDerivedFrom", []string{to, from, activity, "", ""})
	}
	return w.bundle(activity, d.d)
}

// bundle writes one.
func (w *Writer) bundle(name string, d *statements) error {
	if w.bundles == 0 {
		w.b = append(w.b, ",\n\"bundle\":{"...)
	} else {
		w.b = append(w.b, ',')
	}
	w.bundles++
	w.b = append(append(append(w.b, '\n'), text(name+"/bundle")...), ":{"...)
	body := len(w.b)
	w.b = d.append(w.b)
	w.b = append(w.b[:body], w.b[body+1:]...) // the comma before the first section
	w.b = append(w.b, '}')
	_, err := w.w.Write(w.b)
	w.b = w.b[:0]
	return err
}

// Close ends the document.
func (w *Writer) Close(e End) error {
	if w.bundles > 0 {
		w.b = append(w.b, '}')
	}
	e.Bundles = w.bundles
	d := newStatements(prefixLog + ":")
	w.header.state(d, e)
	w.b = append(d.append(w.b), "\n}\n"...)
	_, err := w.w.Write(w.b)
	return err
}

// fill writes the event as it was shown, where it is not yet.
func (en *Entry) fill() (err error) {
	if en.Event == nil {
		return errors.New("an entry without its event")
	}
	if en.JSON == nil {
		en.JSON, err = json.Marshal(en.Event, json.Deterministic(true))
	}
	return err
}

// Document is what can be stated at once: the way of one image, where it is and who saw it. All statements are of the
// document itself, so that a copy that several entries name is one entity.
type Document struct {
	header Header
	d      *statements
}

// NewDocument begins a document.
func NewDocument(h Header) *Document {
	return &Document{header: h, d: newStatements(prefixLog + ":")}
}

// Entry states an entry.
func (d *Document) Entry(en *Entry) error {
	if err := en.fill(); err != nil {
		return err
	}
	d.d.express(en)
	return nil
}

// Write writes the document.
func (d *Document) Write(w io.Writer, e End) error {
	d.header.state(d.d, e)
	_, err := w.Write(append(d.d.append(d.header.prefixes(nil)), "\n}\n"...))
	return err
}

// Hop is an edge of a walk.
type Hop struct {
	Entry        event.Pseudonym // zero: nobody recorded it
	Edge         string
	Showing      bool        // the image was shown and not kept
	Image, Child string      // pseudonyms; Child: what was made of it
	From, To     event.Place // zero: not named
	Left, Came   string      // as periods
	Depth        int
	Standing     string
	Consent      string
	ConsentIndex *uint64  // of the entry that decides it
	Claims       []string // who denies or says so: STANCE ORGANISATION INDEX
	Exercise     bool
}

// Hop states an edge, and how it is known. What is only shown is no new copy: it influences who sees it.
func (d *Document) Hop(h *Hop) {
	attrs := []attribute{
		{"lichtspur:edge", text(h.Edge)}, {"lichtspur:standing", text(h.Standing)}, {"lichtspur:consent", text(h.Consent)},
		{"lichtspur:left", text(h.Left)}, {"lichtspur:came", text(h.Came)}, {"lichtspur:depth", typed(itoa(h.Depth), "xsd:int")},
		{"lichtspur:exercise", truth(h.Exercise)},
	}
	if h.ConsentIndex != nil {
		attrs = append(attrs, attribute{"lichtspur:consentIndex", typed(strconv.FormatUint(*h.ConsentIndex, 10), "xsd:long")})
	}
	for _, c := range h.Claims {
		attrs = append(attrs, attribute{"lichtspur:claim", text(c)})
	}
	activity := ""
	if !h.Entry.IsZero() {
		activity = d.d.entry(h.Entry)
	}
	left := d.place(h.Image, placeOf(h.From))
	if h.Showing {
		if to := d.agent(h.To); to != "" {
			d.d.relate("wasInfluencedBy", []string{to, left}, append(attrs, attribute{"prov:type", own("Showing")}, attribute{"lichtspur:by", name(activity)})...)
		}
		return
	}
	to := h.Image
	if h.Child != "" {
		to = h.Child
	}
	came := d.place(to, placeOf(h.To))
	if came == left || h.From == (event.Place{}) && h.Child == "" {
		d.d.relate("wasGeneratedBy", []string{came, activity, ""}, attrs...)
		return
	}
	d.d.relate("wasDerivedFrom", []string{came, left, activity, "", ""}, attrs...)
}

// agent states the system or organisation that a place is.
func (d *Document) agent(p event.Place) string {
	x := &expression{d: d.d}
	if p.System != "" {
		return x.system(p.System)
	}
	return x.organisation(p.Organisation)
}

// place states a copy, or many images of which none is listed.
func (d *Document) place(image, place string) string {
	if image == "" {
		name := d.d.base + "images" + at(place)
		d.d.thing("entity", name, attribute{"prov:type", typed("prov:Collection", "prov:QUALIFIED_NAME")}, attribute{"prov:type", own("Images")})
		return name
	}
	whole := d.d.copy(image, "")
	d.d.thing("entity", whole, attribute{"prov:type", own("Image")})
	if place == "" {
		return whole
	}
	name := d.d.copy(image, place)
	d.d.thing("entity", name, attribute{"prov:type", own("Copy")})
	d.d.relate("specializationOf", []string{name, whole})
	return name
}

// Holding is an image in a place over a time.
type Holding struct {
	Image, At         string
	Since, Until, Due string
	State, Standing   string
	Exercise          bool
}

// Holding states one.
func (d *Document) Holding(h *Holding) {
	d.d.thing("entity", d.place(h.Image, h.At),
		attribute{"lichtspur:since", text(h.Since)}, attribute{"lichtspur:until", text(h.Until)}, attribute{"lichtspur:due", text(h.Due)},
		attribute{"lichtspur:state", text(h.State)}, attribute{"lichtspur:standing", text(h.Standing)}, attribute{"lichtspur:exercise", truth(h.Exercise)})
}

// Sighting is somebody who saw an image; Person is a pseudonym.
type Sighting struct {
	Image, Organisation, Person string
	First, Last                 string
	Kinds                       []string
}

// Sighting states that somebody saw it: an agent was influenced by an entity.
func (d *Document) Sighting(s *Sighting) {
	image := d.place(s.Image, "")
	who := ""
	if s.Organisation != "" {
		who = d.d.organisation(s.Organisation)
		d.d.thing("agent", who, attribute{"prov:type", typed("prov:Organization", "prov:QUALIFIED_NAME")}, attribute{"prov:label", text(s.Organisation)})
	}
	if s.Person != "" {
		person := d.d.base + "person/" + s.Person
		d.d.thing("agent", person, attribute{"prov:type", typed("prov:Person", "prov:QUALIFIED_NAME")})
		if who != "" {
			d.d.relate("actedOnBehalfOf", []string{person, who, ""})
		}
		who = person
	}
	if who == "" {
		return
	}
	attrs := []attribute{{"prov:type", own("Sighting")}, {"lichtspur:first", text(s.First)}, {"lichtspur:last", text(s.Last)}}
	for _, k := range s.Kinds {
		attrs = append(attrs, attribute{"lichtspur:kind", text(k)})
	}
	d.d.relate("wasInfluencedBy", []string{who, image}, attrs...)
}

// Flow is a row of a table of flows, what it says by name, in order.
type Flow struct {
	From, To string
	Said     []Said
}

// Said is one attribute: a text, or a number where Number is set.
type Said struct {
	Name   string
	Text   string
	Number bool
}

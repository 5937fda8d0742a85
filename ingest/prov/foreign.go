package prov

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// doing is an activity with what it is about.
type doing struct {
	m *mapper
	w *world
	e *event.Event

	used, generated, invalidated []string
	organisations                []string // that take part, who is responsible first
	systems                      []string
	times                        []string // of usage and generation
	listed                       map[string]bool
}

// activity makes an event of an activity, or says why there is none.
func (m *mapper) activity(w *world, a *item, told map[string]string) *event.Event {
	if slices.ContainsFunc(a.all(typeURI), func(v said) bool { return v.text == Namespace+"Flow" }) {
		m.gap(GapAggregate, "Flow", "a row of a table of flows counts events and is none", format.LostNone)
		for _, r := range w.related[a.id] {
			w.done[r] = true
		}
		return nil
	}
	x := &doing{m: m, w: w, e: &event.Event{Exercise: m.Exercise, Purpose: m.Purpose, Basis: m.Basis}, listed: map[string]bool{}}
	for _, r := range w.related[a.id] {
		x.relation(r, told)
	}
	x.moment(a)
	x.words(a)
	if len(x.used)+len(x.generated)+len(x.invalidated) == 0 {
		m.gap(GapActivity, "activity", "nothing says that it used, made or ended an entity", format.LostEvent)
		return nil
	}
	kind, ok := m.kind(a)
	if !ok {
		kind = x.guess()
	}
	return x.event(kind, w.id, a.id)
}

// derivation makes an event of a derivation of which no activity is stated.
func (m *mapper) derivation(w *world, d *item) *event.Event {
	w.done[d] = true
	x := &doing{m: m, w: w, e: &event.Event{Exercise: m.Exercise, Purpose: m.Purpose, Basis: m.Basis}, listed: map[string]bool{}}
	if d.part(0) == "" || d.part(1) == "" {
		m.gap(GapRelation, "wasDerivedFrom", "what was derived from what is not said", format.LostEvent)
		return nil
	}
	x.generated, x.used = []string{d.part(0)}, []string{d.part(1)}
	x.words(d)
	return x.event(x.guess(), w.id, d.part(0)+" "+d.part(1))
}

func (m *mapper) kind(a *item) (event.Kind, bool) {
	for _, v := range a.all(typeURI) {
		if k, ok := looked(m.Kinds, v.text); ok {
			return k, true
		}
		if k, ok := strings.CutPrefix(v.text, Namespace); ok && mappable[event.Kind(k)] {
			return event.Kind(k), true
		}
	}
	return "", false
}

// relation takes what a relation says of the activity.
func (x *doing) relation(r *item, told map[string]string) {
	x.w.done[r] = true
	lost := func(problem string) { x.m.gap(GapRelation, r.kind, problem, format.LostValue) }
	x.extras(r)
	switch r.kind {
	case "used":
		x.entities(&x.used, r.part(1), r.kind)
		x.times = appendNew(x.times, r.one(timeURI))
	case "wasGeneratedBy":
		x.entities(&x.generated, r.part(0), r.kind)
		x.times = appendNew(x.times, r.one(timeURI))
	case "wasInvalidatedBy":
		x.entities(&x.invalidated, r.part(0), r.kind)
		x.times = appendNew(x.times, r.one(timeURI))
	case "wasDerivedFrom":
		// Seen where kinds are guessed: what was derived was generated, from what was used.
		x.entities(&x.generated, r.part(0), r.kind)
		x.entities(&x.used, r.part(1), r.kind)
	case "wasAssociatedWith":
		x.associated(r, lost)
	case "actedOnBehalfOf":
		x.responsible(r)
	case "wasInformedBy":
		if id := told[r.part(1)]; id != "" {
			x.e.Relates = append(x.e.Relates, event.Reference{Relation: event.RelationBelongsTo, ID: id})
			return
		}
		lost("what it was informed by gives no event before it")
	case "wasStartedBy", "wasEndedBy":
		x.times = appendNew(x.times, r.one(timeURI))
		lost("what started or ended it is no part of an event; only when is taken")
	}
}

// sort of an agent.
type sort uint8

const (
	unknownAgent sort = iota
	organisationAgent
	personAgent
	softwareAgent
)

func (x *doing) sort(uri string) sort {
	if _, ok := looked(x.m.Agents, uri); ok {
		return organisationAgent
	}
	if _, ok := looked(x.m.Systems, uri); ok {
		return softwareAgent
	}
	out := unknownAgent
	for _, section := range []string{"agent", "entity"} {
		if a := x.w.thing(section, uri); a != nil {
			for _, v := range a.all(typeURI) {
				switch strings.ToLower(local(v.text)) {
				case "organization", "organisation", "agency", "institution", "company", "group":
					out = organisationAgent
				case "person":
					out = personAgent
				case "softwareagent", "software", "system", "service":
					out = softwareAgent
				}
			}
		}
	}
	return out
}

// associated takes an agent that had part in the activity. One of which it is not said what it is may be a person, so it
// is kept as one: sealed, and never in an identifier.
func (x *doing) associated(r *item, lost func(string)) {
	agent := r.part(1)
	if agent == "" {
		lost("it is not said who")
		return
	}
	if r.part(2) != "" {
		x.m.gap(GapRelation, "wasAssociatedWith prov:plan", "the plan that was followed is no part of an event", format.LostValue)
	}
	role := table.Slug(local(r.one(roleURI)))
	switch s := x.sort(agent); s {
	case organisationAgent:
		x.organisations = appendNew(x.organisations, x.m.organisation(agent))
		x.known(agent)
	default:
		if system, ok := looked(x.m.Systems, agent); ok {
			x.systems = appendNew(x.systems, system)
			return
		}
		for _, d := range x.w.acting[agent] {
			if d.part(2) == "" {
				x.responsible(d)
			}
		}
		if x.e.Actor != nil {
			lost("an event has one actor; more are not taken")
			return
		}
		x.e.Actor = &event.Actor{ID: line(agent), Role: role, Automated: s == softwareAgent}
		x.e.Actor.Name = x.known(agent)
	}
}

// known reports what is said of an agent that no event has, and returns its name.
func (x *doing) known(agent string) (name string) {
	a := x.w.thing("agent", agent)
	if a == nil {
		return ""
	}
	first := !x.w.done[a]
	x.w.done[a] = true
	name = line(a.one(labelURI))
	for i := range a.props {
		switch n := a.props[i].name; strings.ToLower(local(n)) {
		case "name", "givenname":
			name = line(a.one(n))
		case "type", "label":
		default:
			if first {
				x.m.gap(GapField, clipped(local(n)), "an attribute of an agent that no event has", format.LostValue)
			}
		}
	}
	return name
}

// responsible takes the organisation for which somebody acted; it comes before others.
func (x *doing) responsible(d *item) {
	x.w.done[d] = true
	uri := d.part(1)
	if uri == "" || x.sort(uri) == personAgent {
		x.m.gap(GapRelation, "actedOnBehalfOf", "only an organisation is responsible for an event", format.LostValue)
		return
	}
	o := x.m.organisation(uri)
	x.organisations = append([]string{o}, slices.DeleteFunc(x.organisations, func(s string) bool { return s == o })...)
}

// guess is the kind of an activity that no profile names, by what it does.
func (x *doing) guess() event.Kind {
	switch {
	case len(x.generated) == 0 && len(x.invalidated) > 0:
		return event.KindErase
	case len(x.generated) == 0:
		return event.KindConsult
	case len(x.used) == 0:
		return event.KindCapture
	}
	for _, g := range slices.Concat(x.used[1:], x.generated) {
		if !x.same(x.used[0], g) {
			return event.KindDerive
		}
	}
	if x.place(x.used[0]) == x.place(x.generated[0]) {
		return event.KindEnrol
	}
	return event.KindDisclose
}

// same reports whether two entities are the same picture, in two places.
func (x *doing) same(a, b string) bool {
	if d := x.digest(a); d != "" && d == x.digest(b) {
		return true
	}
	general := func(uri string) string {
		for range 8 {
			up, ok := x.w.kin[uri]
			if !ok {
				break
			}
			uri = up
		}
		return uri
	}
	return general(a) == general(b)
}

var digestForm = regexp.MustCompile(`^(?i)(?:sha-?256[:=-]|urn:sha256:|ni:///sha-256;)?([0-9a-f]{64})$`)

// digest finds the SHA-256 among the attributes of an entity.
func (x *doing) digest(uri string) string {
	e := x.w.thing("entity", uri)
	if e == nil {
		return ""
	}
	for i := range e.props {
		n := strings.ToLower(local(e.props[i].name))
		named := slices.Contains(x.m.Digest, e.props[i].name) || slices.Contains(x.m.Digest, local(e.props[i].name))
		if x.m.Digest == nil {
			named = n == "sha256" || n == "digest" || n == "hash" || n == "checksum" || n == "hasvalue" || n == "value"
		}
		for _, v := range e.props[i].values {
			if found := digestForm.FindStringSubmatch(v.text); named && found != nil {
				return "sha256:" + strings.ToLower(found[1])
			}
		}
	}
	return ""
}

// place is where an entity is: the system that its location is, or whom it is attributed to.
func (x *doing) place(uri string) (p event.Place) {
	if e := x.w.thing("entity", uri); e != nil {
		if s, ok := looked(x.m.Systems, e.one(locationURI)); ok {
			p.System = s
		}
	}
	for _, a := range x.w.attributed[uri] {
		agent := a.part(1)
		if s, ok := looked(x.m.Systems, agent); ok && p.System == "" {
			p.System = s
			x.w.done[a] = true
		} else if x.sort(agent) == organisationAgent && p.Organisation == "" {
			p.Organisation = x.m.organisation(agent)
			x.w.done[a] = true
		}
	}
	return p
}

// isImage reports whether an entity is taken for an image.
func (x *doing) isImage(uri string) bool {
	e := x.w.thing("entity", uri)
	if e == nil {
		return x.m.Images == nil
	}
	for _, v := range e.all(typeURI) {
		if slices.Contains(x.m.Images, v.text) || slices.Contains(x.m.Images, local(v.text)) {
			return true
		}
		switch v.text {
		case provNS + "Collection", provNS + "EmptyCollection", provNS + "Plan", provNS + "Bundle":
			return false
		}
	}
	return x.m.Images == nil
}

// images lists entities as images of the event, those that are none as records.
func (x *doing) images(uris []string, role event.ImageRole) {
	for _, uri := range uris {
		key := uri + " " + string(role)
		if x.listed[key] {
			continue
		}
		x.listed[key] = true
		entity := x.w.thing("entity", uri)
		if entity != nil && !x.w.done[entity] {
			x.w.done[entity] = true
			x.attributes(entity)
		}
		record := func() {
			if r := line(uri); r != "" && !slices.ContainsFunc(x.e.Records, func(o event.Record) bool { return o.Reference == r }) {
				x.e.Records = append(x.e.Records, event.Record{Reference: r})
			}
		}
		if !x.isImage(uri) {
			record()
			continue
		}
		i := event.Image{Role: role, Digest: x.digest(uri)}
		if entity != nil {
			for k := range entity.props {
				if n := strings.ToLower(local(entity.props[k].name)); n == "mediatype" || n == "format" {
					if t := entity.one(entity.props[k].name); mediaType.MatchString(t) {
						i.MediaType = t
					}
				}
			}
		}
		if i.Digest == "" {
			x.m.gap(GapDigest, "entity", "an image without the SHA-256 of its bytes is withheld, and named by its identifier in the document", format.LostNone)
			x.e.Withheld = append(x.e.Withheld, "/images/"+strconv.Itoa(len(x.e.Images))+"/digest")
			if i.MediaType == "" {
				x.m.gap(GapAssumed, "entity", "nothing says that the entity is an image; it is taken for one", format.LostNone)
			}
		}
		record()
		x.e.Images = append(x.e.Images, i)
		x.belongs(uri)
	}
}

var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]{0,60}$`)

// belongs takes the organisation that an entity is attributed to as the owner.
func (x *doing) belongs(uri string) {
	for _, a := range x.w.attributed[uri] {
		if x.sort(a.part(1)) != organisationAgent {
			continue
		}
		x.w.done[a] = true
		if o := x.m.organisation(a.part(1)); x.e.Owner == "" {
			x.e.Owner = o
		} else if x.e.Owner != o {
			x.m.gap(GapRelation, "wasAttributedTo", "an event has one owner; others are not taken", format.LostValue)
		}
	}
}

// attributes reports those of an entity that no event has.
func (x *doing) attributes(e *item) {
	for i := range e.props {
		switch n := e.props[i].name; strings.ToLower(local(n)) {
		case "type", "sha256", "digest", "hash", "checksum", "hasvalue", "value", "mediatype", "format":
		case "location":
			if _, ok := looked(x.m.Systems, e.one(n)); !ok {
				x.m.gap(GapField, "prov:location", "a location that the profile does not name", format.LostValue)
			}
		default:
			x.m.gap(GapField, clipped(local(n)), "an attribute of an entity that no event has", format.LostValue)
		}
	}
}

// extras reports the attributes of a relation that no event has.
func (x *doing) extras(r *item) {
	for i := range r.props {
		switch n := r.props[i].name; {
		case resolvedURI[n], n == timeURI, n == typeURI, n == roleURI, n == labelURI:
		default:
			x.m.gap(GapField, clipped(local(n)), "an attribute of a relation that no event has", format.LostValue)
		}
	}
}

// words takes labels as text, and reports the attributes of an activity that no event has.
func (x *doing) words(a *item) {
	for i := range a.props {
		switch n := a.props[i].name; {
		case n == labelURI:
			for _, v := range a.props[i].values {
				to := &x.e.Text.EN
				if strings.HasPrefix(strings.ToLower(v.lang), "de") {
					to = &x.e.Text.DE
				}
				if *to == "" {
					*to = line(v.text)
				}
			}
		case n == typeURI, n == provNS+"startTime", n == provNS+"endTime", resolvedURI[n], n == timeURI:
		default:
			x.m.gap(GapField, clipped(local(n)), "an attribute of an activity that no event has", format.LostValue)
		}
	}
}

// moment is when it happened: between its beginning and its end, else when it used and generated.
func (x *doing) moment(a *item) {
	texts := []string{a.one(provNS + "startTime"), a.one(provNS + "endTime")}
	if texts[0] == "" && texts[1] == "" {
		texts = x.times
	}
	var all event.Time
	for _, s := range texts {
		if s == "" {
			continue
		}
		t, ok := x.m.time(s)
		switch {
		case !ok:
			x.m.gap(GapTime, "time", "not a time", format.LostValue)
		case all.IsZero():
			all = t
		default:
			all.Earliest, all.Latest = min(all.Earliest, t.Earliest), max(all.Latest, t.Latest)
			if all.Earliest != all.Latest {
				all.Precision = event.Interval
			}
		}
	}
	x.e.Occurred = all
}

// time reads a time of XML Schema; one without a zone is in that of the profile.
func (m *mapper) time(s string) (event.Time, bool) {
	if t, err := event.ParseTime(s); err == nil && t.Precision == event.Instant {
		return t, true
	}
	zone := time.UTC
	if m.zone != nil {
		zone = m.zone
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04"} {
		t, err := time.ParseInLocation(layout, s, zone)
		if err != nil || t.Year() < 1678 || t.Year() > 2261 {
			continue
		}
		if m.zone == nil && !strings.Contains(layout, "Z07") {
			m.gap(GapZone, "time", "a time without a zone is read as UTC", format.LostNone)
		}
		return event.At(t), true
	}
	if t, err := event.ParseTime(s); err == nil && t.Precision == event.Day {
		return t, true
	}
	return event.Time{}, false
}

// line makes one line of a text, "" where it cannot be one.
func line(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ")
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	if len(s) > 1000 {
		return ""
	}
	return s
}

// mostOfOne is how many entities of one role an event takes. More would not go into an entry.
const mostOfOne = 2000

// entities notes one that the activity did something with.
func (x *doing) entities(list *[]string, uri, kind string) {
	switch {
	case uri == "":
		x.m.gap(GapRelation, kind, "it is not said which entity", format.LostValue)
	case len(*list) >= mostOfOne:
		x.m.gap(GapRelation, kind, "more entities than an event can name", format.LostValue)
	default:
		*list = appendNew(*list, uri)
	}
}

func appendNew(list []string, s string) []string {
	if s == "" || len(list) >= mostOfOne || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// event puts the event together, of the given kind. names are what identifies it in the document.
func (x *doing) event(kind event.Kind, bundle, name string) *event.Event {
	e := x.e
	e.Kind = kind
	if x.organisations == nil && x.m.Organisation != "" {
		x.organisations = []string{x.m.Organisation}
	}
	org := event.Place{}
	if x.organisations != nil {
		e.Requester = x.organisations[0]
		org.Organisation = x.organisations[0]
	}
	in := func(list []string) event.Place {
		for _, uri := range list {
			if p := x.place(uri); p != (event.Place{}) {
				return p
			}
		}
		return org
	}
	switch kind {
	case event.KindCapture:
		e.To = in(x.generated)
		x.images(x.generated, event.RoleSubject)
	case event.KindDerive:
		e.From = in(append(slices.Clone(x.generated), x.used...))
		x.images(x.used, event.RoleParent)
		x.images(x.generated, event.RoleChild)
	case event.KindErase:
		e.From = in(x.invalidated)
		x.images(x.invalidated, event.RoleSubject)
	case event.KindQuery:
		if e.From = in(x.used); e.From == (event.Place{}) {
			e.From = org
		}
		e.Input = event.InputFace
		x.images(x.used, event.RoleProbe)
		for _, s := range x.systems {
			e.Databases = append(e.Databases, event.Database{System: s})
		}
		if e.Databases == nil {
			e.Withheld = append(e.Withheld, "/databases")
		}
	case event.KindConsult:
		e.From = in(x.used)
		x.images(x.used, event.RoleSubject)
	case event.KindCompare, event.KindMatch:
		e.From = in(x.used)
		role := event.RoleSubject
		if kind == event.KindMatch {
			role = event.RoleCandidate
			e.Withheld = append(e.Withheld, "/result")
		}
		x.images(x.used, role)
	default: // ENROL, DISCLOSE, RECEIVE, TRAIN
		e.From, e.To = in(x.used), in(x.generated)
		if e.To == e.From && len(x.organisations) > 1 {
			e.To = event.Place{Organisation: x.organisations[1]}
		}
		if e.To.System == "" && len(x.systems) > 0 {
			e.To.System = x.systems[0]
		}
		list := x.used
		if len(list) == 0 {
			list = x.generated
		} else {
			for _, uri := range x.generated {
				if g := x.w.thing("entity", uri); g != nil {
					x.w.done[g] = true
				}
			}
		}
		x.images(list, event.RoleSubject)
	}
	if e.Owner == e.Requester {
		e.Owner = ""
	}
	e.ID = identifier(bundle, name)
	if strings.HasPrefix(name, "_:") {
		e.ID = ""
		if text, err := event.Canonical(e); err == nil {
			e.ID = identifier("", string(text))
		}
	}
	if faults := e.Validate(); len(faults) > 0 {
		f, code := faults[0], GapInvalid
		if f.Code == event.FaultRequired {
			code = GapMissing
		}
		x.m.gap(code, f.Path, f.Problem+" ("+string(kind)+")", format.LostEvent)
		return nil
	}
	return e
}

// identifier is the id of an event by its names in the document, or their digest where these are too long.
func identifier(bundle, name string) string {
	id := "prov/" + name
	if bundle != "" {
		id = "prov/" + bundle + " " + name
	}
	if len(id) > 900 || line(id) != id {
		sum := sha256.Sum256([]byte(id))
		id = "prov/sha256/" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return id
}

// leftovers reports what went into no event.
func (m *mapper) leftovers(w *world) {
	for base := range w.bases {
		for _, i := range w.things {
			if strings.HasPrefix(i.id, base) {
				w.done[i] = true
			}
		}
	}
	stateless := func(i *item) bool {
		return slices.ContainsFunc(i.all(typeURI), func(v said) bool { return strings.HasPrefix(v.text, Namespace) })
	}
	for key, i := range w.things {
		section, _, _ := strings.Cut(key, " ")
		if w.done[i] || section == "activity" || stateless(i) {
			continue
		}
		if section == "agent" && w.named[i.id] {
			continue
		}
		m.gap(GapThing, section, "nothing is done with it, or by it, that is an event", format.LostValue)
	}
	rest := w.loose
	for a, list := range w.related {
		if w.thing("activity", a) == nil {
			rest = append(rest, list...)
		}
	}
	for _, i := range rest {
		switch {
		case w.done[i], w.stated(i), w.ofLog(i), i.kind == "specializationOf", i.kind == "alternateOf":
		default:
			m.gap(GapRelation, i.kind, "a relation that no event has", format.LostValue)
		}
	}
}

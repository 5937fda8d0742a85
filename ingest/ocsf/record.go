package ocsf

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// faces reports whether a record is about facial images.
func (m *Mapper) faces(r audit.Node) bool {
	stores := m.stores(r)
	for n := range r.All("resources") {
		stores = append(stores, n.First("name"), n.First("uid"))
	}
	if len(m.Faces) == 0 && m.Known(stores...) != "" {
		return true
	}
	for n := range r.All("resources") {
		stores = append(stores, n.First("type"))
	}
	return m.FacesIn(append(stores, r.First("databucket.file.name"), r.First("databucket.file.path"), r.First("api.operation"), r.First("api.service.name"),
		r.First("dst_endpoint.svc_name"), r.First("metadata.product.name"), r.First("metadata.log_name"))...)
}

// stores are the names of the database, table and bucket, what is narrower first.
func (m *Mapper) stores(r audit.Node) []string {
	db, table := r.First("database.name"), r.First("table.name")
	both := ""
	if db != "" && table != "" {
		both = db + "." + table
	}
	return []string{both, table, r.First("table.uid"), db, r.First("database.uid"), r.First("databucket.name"), r.First("databucket.uid")}
}

// id is the record's own id, or what it says.
func (m *Mapper) id(d *audit.Document, r audit.Node) string {
	if uid := r.First("metadata.uid"); uid != "" {
		if id := m.Line("metadata.uid", "ocsf/"+r.First("metadata.product.name")+"/"+uid); id != "" {
			return id
		}
	}
	sum := d.Digest()
	return "ocsf/" + hex.EncodeToString(sum[:])
}

// build makes the event of a record.
func (m *Mapper) build(r audit.Node, kind event.Kind, class, id string) *event.Event {
	e := &event.Event{ID: id, Kind: kind, Exercise: m.Exercise, Occurred: m.occurred(r), Purpose: m.Purpose, Basis: slices.Clone(m.Basis)}
	result := m.result(r)
	switch kind {
	case event.KindQuery, event.KindCompare, event.KindConsult, event.KindMatch:
		e.Result = result
	default:
		if result != nil && (result.State == event.ResultFailed || result.State == event.ResultRefused) {
			m.Gap(audit.GapFailed, "status_id", "the record says that it failed or was refused", format.LostNone)
			return nil
		}
	}
	m.who(e, r)
	system := m.system(e, r, class)
	place := event.Place{System: system}
	switch kind {
	case event.KindQuery:
		if system != "" {
			e.Databases = []event.Database{{System: system}}
		}
		e.From = m.device(r, e.Requester)
	case event.KindCompare, event.KindMatch:
		if e.To = place; kind == event.KindMatch && system != "" {
			e.To, e.Databases = event.Place{}, []event.Database{{System: system}}
		}
	case event.KindEnrol, event.KindReceive, event.KindCapture:
		e.To = place
	case event.KindRelease, event.KindRestrict:
	default:
		e.From = place
	}
	m.files(e, r)
	if kind == event.KindQuery {
		m.query(e, r)
	}
	e.Text.EN = m.words(r, class)
	return e
}

// who fills the actor, the requester and the unit.
func (m *Mapper) who(e *event.Event, r audit.Node) {
	user := r.At("actor", "user")
	a := event.Actor{ID: m.Line("actor.user", user.First("uid", "name", "email_addr", "uid_alt"))}
	if name := m.Line("actor.user.name", user.First("full_name", "display_name", "name")); name != a.ID {
		a.Name = name
	}
	switch user.First("type_id") {
	case "2":
		a.Role = "admin"
	case "3", "4":
		a.Automated = true
	}
	if a.ID == "" {
		if a.ID = m.Line("actor", r.First("actor.app_uid", "actor.app_name", "actor.invoked_by", "actor.process.name", "actor.process.file.name", "actor.session.uid")); a.ID != "" {
			a.Automated = r.First("actor.app_uid", "actor.app_name", "actor.invoked_by", "actor.process.name", "actor.process.file.name") != ""
		}
	}
	if a != (event.Actor{}) {
		e.Actor = &a
	}
	e.Requester = m.Named(user.First("org.name"), user.First("org.uid"))
	if e.Requester == "" {
		e.Requester = m.Known(user.First("account.name"), user.First("account.uid"), user.First("domain"), r.First("metadata.tenant_uid"),
			r.First("cloud.org.name"), r.First("cloud.org.uid"), r.First("cloud.account.name"), r.First("cloud.account.uid"))
	}
	if e.Requester == "" {
		e.Requester = m.Organisation
	}
	if e.Unit = m.Line("actor.user.org.ou_name", user.First("org.ou_name", "org.ou_uid")); e.Unit == "" {
		e.Unit = m.Unit
	}
}

// places are words of types of resources that are places of images, not images.
var places = []string{"database", "table", "bucket", "collection", "index", "gallery", "dataset", "databank", "datei", "store", "repository", "watchlist", "persongroup"}

// system is the identifier of where the images are. Resources that are none go into the event's records.
func (m *Mapper) system(e *event.Event, r audit.Node, class string) string {
	names := m.stores(r)
	system := m.Known(names...)
	if system == "" {
		system = m.Named(r.First("database.name", "database.uid"), r.First("databucket.name", "databucket.uid"), r.First("table.name", "table.uid"))
	}
	for n := range r.All("resources") {
		name, uid := n.First("name"), n.First("uid")
		known := m.Known(name, uid)
		is := slices.ContainsFunc(audit.Words(n.First("type")), func(w string) bool {
			return slices.ContainsFunc(places, func(p string) bool { return strings.HasSuffix(w, p) })
		})
		if system == "" && (known != "" || is) {
			if system = known; known == "" {
				system = m.Named(name, uid)
			}
			continue
		}
		if uid == "" {
			uid = name
		}
		if ref := m.Line("resources.uid", uid); ref != "" {
			e.Records = append(e.Records, event.Record{Reference: ref})
		}
	}
	if system == "" {
		system = m.Known(r.First("api.service.name"), r.First("api.service.uid"), r.First("dst_endpoint.svc_name"), r.First("dst_endpoint.hostname"), r.First("dst_endpoint.name"), r.First("metadata.product.name"))
	}
	if system == "" {
		system = m.System
	}
	if system == "" {
		system = m.Named(r.First("api.service.name"), r.First("dst_endpoint.svc_name"), r.First("dst_endpoint.hostname"), r.First("metadata.product.name"))
	}
	for i := range e.Records {
		e.Records[i].System = system
	}
	return system
}

// device is where a search came from, as far as the profile knows it.
func (m *Mapper) device(r audit.Node, requester string) event.Place {
	for _, name := range []string{"src_endpoint", "device"} {
		n := r.At(name)
		if !n.Branch() {
			continue
		}
		var names []string
		for _, field := range []string{"hostname", "name", "svc_name", "uid", "ip"} {
			if f := n.At(field); f.There() && m.Names[f.Peek()] != "" {
				names = append(names, f.Text()) // what is not known stays unused, and is reported
			}
		}
		if id := m.Known(names...); id != "" {
			return event.Place{Organisation: requester, System: id}
		}
	}
	return event.Place{}
}

// files are pictures, and other files, that the record is about.
func (m *Mapper) files(e *event.Event, r audit.Node) {
	for _, f := range []audit.Node{r.At("databucket", "file"), r.At("file")} {
		if !f.Branch() {
			continue
		}
		media := strings.ToLower(f.First("mime_type"))
		name := f.First("name")
		if picture(media, name) {
			digest, other := "", false
			for _, list := range []string{"hashes", "fingerprints"} {
				for h := range f.All(list) {
					d, ok := audit.Digest(h.First("value"))
					id := h.First("algorithm_id")
					is := id == "3" || id == "" && strings.Contains(strings.ToUpper(h.First("algorithm")), "256")
					if is && ok {
						digest = d
					}
					other = true
				}
			}
			if digest != "" {
				img := event.Image{Digest: digest}
				if strings.HasPrefix(media, "image/") && !strings.ContainsAny(media, "; ") {
					img.MediaType = media
				}
				if e.Kind == event.KindQuery || e.Kind == event.KindMatch {
					img.Role = event.RoleProbe
				}
				if !slices.ContainsFunc(e.Images, func(i event.Image) bool { return i.Digest == digest }) {
					e.Images = append(e.Images, img)
				}
			} else if other {
				m.Gap(audit.GapValue, "file.hashes", "none is a SHA-256, by which images are known", format.LostValue)
			}
		}
		if ref := m.Line("file.uid", f.First("uid", "path", "uri", "name")); ref != "" {
			e.Records = append(e.Records, event.Record{System: m.place(e), Reference: ref})
		}
	}
}

// place is the system that the event is about.
func (m *Mapper) place(e *event.Event) string {
	if len(e.Databases) > 0 {
		return e.Databases[0].System
	}
	if e.From.System != "" {
		return e.From.System
	}
	return e.To.System
}

func picture(media, name string) bool {
	if media != "" {
		return strings.HasPrefix(media, "image/")
	}
	i := strings.LastIndexByte(name, '.')
	return i >= 0 && slices.Contains([]string{"jpg", "jpeg", "png", "jp2", "bmp", "webp", "tif", "tiff", "heic", "gif"}, strings.ToLower(name[i+1:]))
}

// query fills what a search was made with, and how often.
func (m *Mapper) query(e *event.Event, r audit.Node) {
	switch {
	case len(e.Images) > 0:
		e.Input = event.InputFace
	case r.First("query_info.query_string") != "":
		e.Input = event.InputText
	}
	if n, err := strconv.ParseInt(r.First("count"), 10, 64); err == nil && n > 1 && n < 1<<53 {
		e.Quantity = &event.Quantity{Amount: n, Bound: event.BoundExact, Unit: "SEARCH"}
	}
}

// result is the outcome, nil where it is not said.
func (m *Mapper) result(r audit.Node) *event.Result {
	status, failure := r.First("status_id"), strings.ToLower(r.First("status"))
	trouble := strings.ToLower(r.First("api.response.error") + " " + r.First("status_code") + " " + r.First("http_response.code"))
	refused := r.First("action_id") == "2" || r.First("disposition_id") == "2"
	for _, word := range []string{"accessdenied", "unauthorized", "forbidden", "401", "403"} {
		refused = refused || strings.Contains(trouble, word)
	}
	for a := range r.At("actor").All("authorizations") {
		d := strings.ToLower(a.First("decision"))
		refused = refused || strings.HasPrefix(d, "den") || strings.HasPrefix(d, "forbid")
	}
	switch {
	case refused:
		return &event.Result{State: event.ResultRefused}
	case status == "2", status != "1" && (strings.HasPrefix(failure, "fail") || failure == "error"):
		return &event.Result{State: event.ResultFailed}
	}
	switch r.First("query_result_id") {
	case "1":
		return &event.Result{State: event.ResultHit}
	case "2":
		return &event.Result{State: event.ResultPossible}
	case "3":
		return &event.Result{State: event.ResultNoHit}
	case "4":
		return &event.Result{State: event.ResultFailed}
	}
	return nil
}

// words say what has no field of its own.
func (m *Mapper) words(r audit.Node, class string) string {
	s := "OCSF API Activity"
	if class == classDatastore {
		s = "OCSF Datastore Activity"
	}
	if a := r.First("activity_name"); a != "" {
		s += ": " + a
	}
	for _, x := range []struct{ name, path string }{{"operation", "api.operation"}, {"query", "query_info.query_string"}, {"message", "message"}, {"status", "status_detail"}, {"error", "api.response.error_message"}} {
		if v := r.First(x.path); v != "" {
			s += "; " + x.name + ": " + v
		}
	}
	return m.Wording("message", s)
}

// occurred is when it was done.
func (m *Mapper) occurred(r audit.Node) event.Time {
	from, ok1 := m.instant(r, "start_time")
	to, ok2 := m.instant(r, "end_time")
	at, ok := m.instant(r, "time")
	switch {
	case ok1 && ok2 && to.After(from):
		return event.Time{Earliest: from.UnixNano(), Latest: to.UnixNano(), Precision: event.Interval}
	case ok:
		return event.At(at)
	case ok1:
		return event.At(from)
	case ok2:
		return event.At(to)
	}
	if s := r.First("time", "time_dt"); s == "" || s == "0" {
		m.Gap(audit.GapValue, "time", "the record does not say when it was done", format.LostValue)
	}
	return event.Time{}
}

// instant reads a time, a number or with the suffix _dt a text.
func (m *Mapper) instant(r audit.Node, name string) (time.Time, bool) {
	number, text := r.First(name), r.First(name+"_dt")
	at, ok := instant(number)
	if said, is := instant(text); is {
		if d := at.Sub(said); ok && (d >= time.Second || d <= -time.Second) {
			m.Gap("TIMES_DISAGREE", name, "the number and the text are a second apart, or more; recorded is the number", format.LostNone)
		}
		if !ok {
			return said, true
		}
	}
	if !ok && (number != "" && number != "0" || text != "") {
		m.Gap(audit.GapValue, name, "not a time", format.LostValue)
	}
	return at, ok
}

// instant reads RFC 3339, or a number since 1970: of milliseconds as the standard has it, or of what its size says.
func instant(s string) (time.Time, bool) {
	var t time.Time
	if strings.ContainsAny(s, "-T:") && !strings.HasPrefix(s, "-") {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700"} {
			if at, err := time.Parse(layout, s); err == nil {
				t = at
				break
			}
		}
	} else if n, err := strconv.ParseFloat(s, 64); err == nil && n > 0 {
		whole, err := strconv.ParseInt(s, 10, 64)
		if err != nil { // a fraction, of seconds
			whole = int64(n * 1e3)
			if n > 1e11 {
				whole = int64(n)
			}
			if n > 1e15 {
				return t, false
			}
			return time.UnixMilli(whole).UTC(), true
		}
		switch {
		case whole < 1e11:
			t = time.Unix(whole, 0)
		case whole < 1e14:
			t = time.UnixMilli(whole)
		case whole < 1e17:
			t = time.UnixMicro(whole)
		default:
			t = time.Unix(0, whole)
		}
	}
	t = t.UTC()
	return t, t.Year() > 1677 && t.Year() < 2262
}

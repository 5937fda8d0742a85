package main

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/pflag"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
	"github.com/lichtspur/lichtspur/ingest/audit"
	"github.com/lichtspur/lichtspur/ingest/c2pa"
	"github.com/lichtspur/lichtspur/ingest/cloudevents"
	"github.com/lichtspur/lichtspur/ingest/fhir"
	"github.com/lichtspur/lichtspur/ingest/format"
	"github.com/lichtspur/lichtspur/ingest/nist"
	"github.com/lichtspur/lichtspur/ingest/ocsf"
	"github.com/lichtspur/lichtspur/ingest/prov"
	"github.com/lichtspur/lichtspur/ingest/syslog"
	"github.com/lichtspur/lichtspur/ingest/table"
)

// formatFlags say in which format files are and how they are mapped.
type formatFlags struct {
	format   string
	mapping  string // of rows
	agencies string // profile of transactions, audit records, documents of PROV or manifests of pictures
	trust    string // CAs of those who sign manifests of pictures
	set      map[string]string
	dry      bool

	rows    *table.Mapping
	profile *nist.Profile
	audited *audit.Profile

	speaker func() (string, error) // as which source events are handed in; nil in a dry run
	named   mentioned              // what events refer to, of a dry run
}

func (f *formatFlags) flags(set *pflag.FlagSet) {
	names := make([]string, len(format.Names))
	for i, n := range format.Names {
		names[i] = string(n)
	}
	set.StringVar(&f.format, "format", "auto", "`format` of the files: auto, "+strings.Join(names, ", "))
	set.StringVar(&f.mapping, "mapping", "", "`name` of a mapping that comes with the program ("+strings.Join(table.Shipped(), ", ")+"), or a YAML file, that says what the columns of rows mean")
	set.StringVar(&f.agencies, "profile", "", "YAML `file` that says what NIST transactions, audit records of OCSF and FHIR, documents of PROV or manifests of pictures mean: who is behind names, and so on")
	set.StringVar(&f.trust, "trust", "", "PEM `file` with the CAs of those who may sign manifests of pictures; without it who signed is not checked")
	set.StringToStringVar(&f.set, "set", nil, "`name=value` of a parameter of the mapping; may be repeated")
	set.BoolVar(&f.dry, "dry-run", false, "hand nothing in; show what would be recorded and what cannot be mapped")
}

// check finds mistakes in the flags before any file is opened.
func (f *formatFlags) check() error {
	known := f.format == "auto"
	for _, n := range format.Names {
		known = known || f.format == string(n)
	}
	if !known {
		return usage(fmt.Errorf("there is no format %q", f.format))
	}
	return nil
}

// table loads the mapping of rows, once.
func (f *formatFlags) table() (*table.Mapping, error) {
	if f.rows != nil {
		return f.rows, nil
	}
	if f.mapping == "" {
		return nil, usage(fmt.Errorf("rows want a mapping: --mapping FILE, or one of %s", strings.Join(table.Shipped(), ", ")))
	}
	m, err := table.Load(f.mapping)
	if err != nil {
		return nil, usage(fmt.Errorf("--mapping: %w", err))
	}
	if f.rows, err = m.With(f.set); err != nil {
		return nil, usage(err)
	}
	return f.rows, nil
}

// nist loads the profile of transactions; without one any is mapped.
func (f *formatFlags) nist() (*nist.Profile, error) {
	if f.agencies == "" || f.profile != nil {
		return f.profile, nil
	}
	text, err := os.ReadFile(f.agencies)
	if err != nil {
		return nil, usage(fmt.Errorf("--profile: %w", err))
	}
	if f.profile, err = nist.ParseProfile(text); err != nil {
		return nil, usage(err)
	}
	return f.profile, nil
}

// audit loads the profile of audit records; without one names are what they are.
func (f *formatFlags) audit() (*audit.Profile, error) {
	if f.agencies == "" || f.audited != nil {
		return f.audited, nil
	}
	var err error
	if f.audited, err = audit.Load(f.agencies); err != nil {
		return nil, usage(fmt.Errorf("--profile: %w", err))
	}
	return f.audited, nil
}

// prov loads the profile of PROV documents; without one any is mapped. Entries of a log are handed in again for their own
// source alone.
func (f *formatFlags) prov() (*prov.Profile, error) {
	p := new(prov.Profile)
	if f.agencies != "" {
		text, err := os.ReadFile(f.agencies)
		if err != nil {
			return nil, usage(fmt.Errorf("--profile: %w", err))
		}
		if p, err = prov.ParseProfile(text); err != nil {
			return nil, usage(err)
		}
	}
	if f.speaker != nil {
		source, err := f.speaker()
		if err != nil {
			return nil, err
		}
		p.Own = func(of string) bool { return of == source }
	}
	return p, nil
}

// c2pa loads the profile of pictures' manifests and the trust list; without them any sound manifest is mapped.
func (f *formatFlags) c2pa() (o c2pa.Options, err error) {
	if f.agencies != "" {
		text, err := os.ReadFile(f.agencies)
		if err != nil {
			return o, usage(fmt.Errorf("--profile: %w", err))
		}
		if o.Profile, err = c2pa.ParseProfile(text); err != nil {
			return o, usage(err)
		}
	}
	if f.trust != "" {
		text, err := os.ReadFile(f.trust)
		if err != nil {
			return o, usage(fmt.Errorf("--trust: %w", err))
		}
		o.Trust = x509.NewCertPool()
		if !o.Trust.AppendCertsFromPEM(text) {
			return o, usage(fmt.Errorf("--trust: %s holds no certificate", f.trust))
		}
	}
	return o, nil
}

// begin decompresses a file if it is gzip and tells in which format it is.
func (f *formatFlags) begin(file io.Reader) (io.Reader, format.Name, error) {
	r, err := gunzipped(file)
	if err != nil {
		return nil, "", err
	}
	in := bufio.NewReaderSize(r, 64<<10)
	name, err := f.of(in)
	return in, name, err
}

// of tells in which format a file is. It waits for no more of the file than it needs: what comes may come slowly.
func (f *formatFlags) of(in *bufio.Reader) (format.Name, error) {
	if f.format != "auto" {
		return format.Name(f.format), nil
	}
	for n := 1; ; n = in.Buffered() + 1 {
		_, err := in.Peek(min(n, format.HeadBytes))
		head, _ := in.Peek(min(in.Buffered(), format.HeadBytes))
		name := format.Detect(head)
		if format.Settled(head) || err != nil || len(head) >= format.HeadBytes {
			if err != nil && !errors.Is(err, io.EOF) {
				return "", err
			}
			if name == "" && len(strings.TrimSpace(string(head))) == 0 {
				return format.Native, nil // nothing at all is no events
			}
			if name == "" {
				return "", &format.Error{Code: format.ErrUnknown, Message: "this begins like none of the formats that are read; name it with --format"}
			}
			return name, nil
		}
	}
}

// read gives the events of a file.
func (f *formatFlags) read(name format.Name, in io.Reader, report *format.Report) (iter.Seq2[*event.Event, error], error) {
	switch name {
	case format.CSV:
		m, err := f.table()
		if err != nil {
			return nil, err
		}
		return table.Read(in, m, report), nil
	case format.Syslog:
		var m *table.Mapping
		if f.mapping != "" {
			var err error
			if m, err = f.table(); err != nil {
				return nil, err
			}
		}
		return syslog.Read(in, m, report), nil
	case format.Native:
		return ingest.Read(in, report), nil
	case format.PROV:
		p, err := f.prov()
		if err != nil {
			return nil, err
		}
		return prov.Read(in, p, report), nil
	case format.C2PA:
		o, err := f.c2pa()
		if err != nil {
			return nil, err
		}
		return c2pa.Read(in, o, report), nil
	case format.NISTITL, format.NISTXML:
		p, err := f.nist()
		if err != nil {
			return nil, err
		}
		if name == format.NISTXML {
			return nist.ReadXML(in, p, report), nil
		}
		return nist.Read(in, p, report), nil
	case format.OCSF, format.FHIR, format.FHIRXML, format.Cloud:
		p, err := f.audit()
		if err != nil {
			return nil, err
		}
		switch name {
		case format.FHIR:
			return fhir.Read(in, p, report), nil
		case format.FHIRXML:
			return fhir.ReadXML(in, p, report), nil
		case format.Cloud:
			return cloudevents.Read(in, p, report), nil
		}
		return ocsf.Read(in, p, report), nil
	}
	return nil, &format.Error{Code: format.ErrUnknown, Message: fmt.Sprintf("%s is not read", name)}
}

// eventLines turns events into the NDJSON that is handed in. The returned function ends it and gives the error that ended
// the file.
func eventLines(events iter.Seq2[*event.Event, error]) (io.Reader, func() error) {
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		// Events go on in groups: a commit takes as many as are at hand.
		out := bufio.NewWriterSize(w, 128<<10)
		err := writeLines(out, events)
		if flushed := out.Flush(); err == nil {
			err = flushed
		}
		w.CloseWithError(err)
		done <- err
	}()
	return r, func() error {
		r.Close()
		if err := <-done; !errors.Is(err, io.ErrClosedPipe) {
			return err
		}
		return nil
	}
}

func writeLines(w io.Writer, events iter.Seq2[*event.Event, error]) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		text, err := event.Canonical(e)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// mostShown is how many events a dry run shows in text.
const mostShown = 20

// tryFile shows what a file would give.
func (a *app) tryFile(f *formatFlags, name format.Name, in io.Reader, report *format.Report) error {
	events, err := f.read(name, in, report)
	if err != nil {
		return err
	}
	o := a.set.Output
	var l *list
	if o != "ndjson" {
		l = a.list("id", "kind", "occurred", "from", "to", "images", "withheld", "note")
	}
	kinds := map[event.Kind]int64{}
	var failed error
	for e, err := range events {
		if err != nil {
			failed = err
			break
		}
		kinds[e.Kind]++
		f.named.add(e)
		switch {
		case l == nil:
			text, err := event.Canonical(e)
			if err != nil {
				return err
			}
			if err := writeObject(a.out, []string{"event"}, []any{jsontext.Value(text)}, "\n"); err != nil {
				return err
			}
		case o != "text" || report.Events <= mostShown:
			from, to := parties(e)
			if err := l.add(e.ID, string(e.Kind), e.Occurred.String(), from, to, len(e.Images), e.Withheld, inWords(e)); err != nil {
				return err
			}
		}
	}
	if l != nil {
		if err := l.close(); err != nil {
			return err
		}
	}
	if o == "text" {
		if more := report.Events - mostShown; more > 0 {
			fmt.Fprintf(a.out, "… and %d more; -o ndjson gives them all\n", more)
		}
		var each []string
		for _, k := range event.Kinds() {
			if n := kinds[k]; n > 0 {
				each = append(each, fmt.Sprintf("%d %s", n, k))
			}
		}
		fmt.Fprintf(a.out, "%s: %d records give %d events (%s); nothing was handed in\n", name, report.Records, report.Events, strings.Join(each, ", "))
	}
	return failed
}

// parties are the ends of an event as far as a table has room for them.
func parties(e *event.Event) (from, to string) {
	place := func(p event.Place) string {
		if p.System != "" {
			return p.System
		}
		return p.Organisation
	}
	first := func(list ...string) string {
		for _, s := range list {
			if s != "" {
				return s
			}
		}
		return ""
	}
	var others []string
	for _, d := range e.Databases {
		others = append(others, d.System)
	}
	if p := e.Permission; p != nil {
		others = append(append(others, p.Recipients...), p.Systems...)
	}
	if d := e.Declaration; d != nil {
		others = append(others, d.ID)
	}
	return first(place(e.From), e.Owner, e.Requester), first(place(e.To), strings.Join(others, " "))
}

// inWords is what an event says in words, cut to a table's width.
func inWords(e *event.Event) string {
	s := e.Text.EN
	if s == "" {
		s = e.Text.DE
	}
	s = strings.Join(strings.Fields(s), " ")
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return s
}

// gaps shows what could not be mapped: in the output of a dry run, beside the receipts otherwise.
func (a *app) gaps(report *format.Report, dry bool) error {
	list := report.Gaps()
	if len(list) == 0 {
		return nil
	}
	if a.set.Output == "ndjson" && dry {
		for i := range list {
			if err := writeObject(a.out, []string{"gap"}, []any{&list[i]}, "\n"); err != nil {
				return err
			}
		}
		return nil
	}
	to := *a
	if a.set.Output != "text" {
		to.out = a.err // a second list would spoil the document
		set := *a.set
		set.Output = "text"
		to.set = &set
	}
	fmt.Fprintln(to.out, "not mapped:")
	l := to.list("lost", "count", "first", "field", "code", "why")
	for _, g := range list {
		if err := l.add(strings.ToLower(string(g.Loss)), g.Count, g.First, g.Field, g.Code, g.Problem); err != nil {
			return err
		}
	}
	return l.close()
}

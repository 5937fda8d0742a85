package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/graph/ledger"
)

// redactor is who looks what a redaction would close.
var redactor = graph.Viewer{Name: "local", Role: graph.Oversight, Purpose: graph.LawfulnessCheck, PurposeText: "what a redaction closes"}

// redacting is one run of the command.
type redacting struct {
	a           *app
	order       graph.RedactionOrder
	file        string
	dryRun, yes bool
	listed      int
}

func (a *app) redactCommand() *cobra.Command {
	r := &redacting{a: a}
	c := &cobra.Command{
		Use:   "redact SUBJECT…",
		Short: "Destroy the keys of persons, images or cases, for good",
		Long: `Closes every personal value about a subject by destroying the keys that open it. The entries stay as they are, under
pseudonyms that nothing leads to any more, and every proof still holds. What is written about several subjects, such as
the justification of a search, closes with any of them. It cannot be undone.

A SUBJECT is
  sha256:DIGEST             an image, by the digest of the picture
  KIND:SOURCE:IDENTIFIER    a person, actor, case or record, as its source calls it: person:bka-gateway:P-17.
                            The readers in the access ledger are actors of the source "log"
  KIND:PSEUDONYM            any of them by a pseudonym in the log, as in case:gSBpAAdtGHtOzyqfHb4ayQ
  entry:ID                  an entry itself: the source's own id of it, and what in it is about nobody
--subjects reads more of them from a file, one a line, so that they stand neither in the list of processes nor in the
shell's history. With an identifier every pseudonym that was met for it goes; what another source calls the same
person is a subject of its own.

It shows what will close and asks. --dry-run only shows it; --yes does not ask. First the log gets a REDACT entry for
each subject: who asked (--requester), who released it (--approver, another) and on what basis. They stand there in the
clear and for good, so name offices and file numbers and not the subject. Then the keys are destroyed, all or none. If
the program is killed in between, whatever opens the data directory next finishes it. Then the directory is opened
again, entries are looked at and the log is verified. A subject that was redacted before is told; doing it again does
no harm.

It works on a data directory that no server has open, and replaces the root key of personal values (root.key): renew
its backup. Older backups of data and root key together still open what was erased, and so do the vaults of sources
that seal their own events, quarantine, and what was exported: see to them.`,
		Example: `  lichtspur redact person:bka-gateway:P-17 --dry-run --data data
  lichtspur redact sha256:014e… case:bka-gateway:ST-14/26 --requester "data subject, file 12/26" --approver "DPO of the BKA" --basis "BDSG § 58(2)" --data data
  lichtspur redact --subjects list.txt --yes --requester … --approver … --basis … --data data -o json`,
		RunE: func(c *cobra.Command, args []string) error { return r.run(c, args) },
	}
	f := c.Flags()
	f.StringVar(&r.file, "subjects", "", "`file` with subjects, one a line; - is standard input")
	f.StringVar(&r.order.Requester, "requester", "", "`who` asked for it; public")
	f.StringVar(&r.order.Approver, "approver", "", "`who` released it, another than the requester; public")
	f.StringVar(&r.order.Basis, "basis", "", "`what` it rests on: statute, decision, file number; public")
	f.BoolVar(&r.dryRun, "dry-run", false, "show what would close and close nothing")
	f.BoolVar(&r.yes, "yes", false, "do not ask")
	f.IntVar(&r.listed, "list", 20, "list at most so `many` of the entries")
	return c
}

func (r *redacting) run(c *cobra.Command, args []string) (err error) {
	a := r.a
	dir, err := a.directory()
	if err != nil {
		return err
	}
	if !exists(dir) {
		return &failure{exitNotFound, fmt.Errorf("%s: there is no such data directory", dir)}
	}
	if r.order.Targets, err = r.targets(args); err != nil {
		return err
	}
	if !r.dryRun {
		switch {
		case r.order.Requester == "" || r.order.Approver == "" || r.order.Basis == "":
			return usage(errors.New("who asked, who released it, and on what basis? --requester, --approver and --basis are needed (or --dry-run)"))
		case !r.yes && (!a.inTTY || r.file == "-"):
			return usage(errors.New("there is no terminal to ask on: look with --dry-run, and say --yes if it is right"))
		}
	}
	s, err := a.openStation(dir)
	if errors.Is(err, ledger.ErrLocked) {
		return fmt.Errorf("%s is open in another process: stop the server, redact, and start it again: %w", dir, ledger.ErrLocked)
	}
	if err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			err = errors.Join(err, s.close())
		}
	}()
	plan, err := r.plan(c.Context(), s)
	if err != nil {
		return err
	}
	if r.dryRun && a.set.Output != "text" || a.set.Output == "text" && fresh(plan) {
		if err := r.show(plan); err != nil {
			return err
		}
	}
	r.tell(plan)
	kept, err := r.quarantined(s)
	if err != nil {
		return err
	}
	if r.dryRun {
		return nil
	}
	if !fresh(plan) {
		return r.result(plan, &graph.Redaction{Already: r.order.Targets}, nil)
	}
	if !r.yes {
		if ok, err := r.asked(); err != nil || !ok {
			return errors.Join(err, &failure{exitError, errors.New("not confirmed; nothing was redacted")})
		}
	}
	done, err := s.graph.Redact(c.Context(), r.order)
	if err != nil {
		return err
	}
	open = false
	if err := s.close(); err != nil {
		return fmt.Errorf("the keys are destroyed; closing the data directory failed: %w", err)
	}
	if err := r.closed(c.Context(), dir, plan); err != nil {
		return fmt.Errorf("the keys are destroyed; opening the data directory again failed: %w", err)
	}
	ch, err := a.check(c.Context(), dir, nil)
	if err != nil {
		return fmt.Errorf("the keys are destroyed; the log could not be verified: %w", err)
	}
	r.remind(done, dir, kept)
	if err := a.showFindings(ch); err != nil {
		return err
	}
	return r.result(plan, done, ch)
}

// targets reads the subjects from the command line and the file.
func (r *redacting) targets(args []string) ([]graph.Target, error) {
	texts := slices.Clone(args)
	if r.file != "" {
		in, _, err := r.a.open(r.file)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		scan := bufio.NewScanner(in)
		for scan.Scan() {
			if len(texts) > graph.MaxRedacted {
				return nil, usage(fmt.Errorf("%s names more than %d subjects; divide it", r.file, graph.MaxRedacted))
			}
			if line := strings.TrimSpace(scan.Text()); line != "" {
				texts = append(texts, line)
			}
		}
		if err := scan.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.file, err)
		}
	}
	if len(texts) == 0 {
		return nil, usage(errors.New("whose keys? name a subject, as in person:SOURCE:ID or sha256:DIGEST, or a file with --subjects"))
	}
	out := make([]graph.Target, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = parseTarget(text); err != nil {
			return nil, usage(fmt.Errorf("subject %d: %w", i+1, err))
		}
	}
	return out, nil
}

// parseTarget reads a subject. Its errors do not repeat the text.
func parseTarget(text string) (t graph.Target, err error) {
	if event.ValidDigest(text) {
		return graph.Target{Kind: event.SubjectImage, Identifier: text}, nil
	}
	kind, rest, ok := strings.Cut(text, ":")
	t.Kind = event.SubjectKind(strings.ToUpper(kind))
	if !ok || !slices.Contains(event.SubjectKinds(), t.Kind) {
		return t, errors.New("write sha256:DIGEST, KIND:SOURCE:IDENTIFIER or KIND:PSEUDONYM, where KIND is image, actor, person, case, record or entry")
	}
	if t.Kind == event.SubjectImage && event.ValidDigest(rest) {
		t.Identifier = rest
		return t, nil
	}
	source, identifier, ok := strings.Cut(rest, ":")
	switch {
	case !ok:
		if t.Pseudonym, err = event.ParsePseudonym(rest); err != nil {
			err = fmt.Errorf("%w; by an identifier a subject is named as KIND:SOURCE:IDENTIFIER", err)
		}
	case t.Kind == event.SubjectImage || t.Kind == event.SubjectEntry:
		err = fmt.Errorf("an %s has no source; write sha256:DIGEST for an image, or KIND:PSEUDONYM", strings.ToLower(kind))
	case source == "" || identifier == "":
		err = errors.New("write KIND:SOURCE:IDENTIFIER; one of them is empty")
	}
	t.Source, t.Identifier = source, identifier
	if !t.Pseudonym.IsZero() {
		t.Source, t.Identifier = "", ""
	}
	return t, err
}

// plan finds out what would close. That is a reading.
func (r *redacting) plan(ctx context.Context, s *station) (*graph.RedactionPlan, error) {
	view, err := s.graph.As(redactor)
	if err != nil {
		return nil, err
	}
	m := r.a.meter("look", "entries", -1)
	plan, err := view.PlanRedaction(ctx, r.order.Targets, max(r.listed, 0), func(done, total uint64) { m.set(int64(done), int64(total)) })
	m.done()
	if err := view.Account(ctx, graph.Access{Way: event.WayQuestion, Operation: "redact"}); err != nil {
		return nil, err
	}
	return plan, err
}

// fresh reports whether a plan has anything to do.
func fresh(p *graph.RedactionPlan) bool {
	return slices.ContainsFunc(p.Subjects, func(s graph.PlannedSubject) bool { return len(s.Denotes) > 0 })
}

// show prints what closes and what stays, counted, then entries.
func (r *redacting) show(p *graph.RedactionPlan) error {
	l := r.a.list("effect", "ledger", "kind", "field", "values", "entry")
	name := func(accesses bool) string {
		if accesses {
			return "accesses"
		}
		return "log"
	}
	for _, part := range []struct {
		effect string
		counts []graph.FieldCount
	}{{"CLOSES", p.Closes}, {"STAYS", p.Stays}} {
		for _, f := range part.counts {
			if err := l.add(part.effect, name(f.Accesses), string(f.Kind), f.Field, f.Values, nil); err != nil {
				return err
			}
		}
	}
	for _, e := range p.Listed {
		if err := l.add("ENTRY", name(e.Accesses), string(e.Kind), strings.Join(e.Fields, " "), len(e.Fields), fmt.Sprintf("%d %s", e.Index, e.ID)); err != nil {
			return err
		}
	}
	return l.close()
}

// tell sums a plan up for people.
func (r *redacting) tell(p *graph.RedactionPlan) {
	for i, s := range p.Subjects {
		if len(s.Denotes) > 0 {
			continue
		}
		by := ""
		for _, n := range s.Redactions {
			by += fmt.Sprintf(" (entry %d)", n)
		}
		fmt.Fprintf(r.a.err, "Subject %d, %s: redacted before%s.\n", i+1, strings.ToLower(string(s.Kind)), by)
	}
	if !fresh(p) {
		fmt.Fprintln(r.a.err, "There is nothing to redact.")
		return
	}
	n := p.Entries + p.Readings
	if left := n - uint64(len(p.Listed)); left > 0 {
		fmt.Fprintf(r.a.err, "%d more entries are not listed (--list).\n", left)
	}
	fmt.Fprintf(r.a.err, "It closes %s in %s of the log and %s of the access ledger.\n",
		several(values(p), "value"), several(p.Entries, "entry"), several(p.Readings, "entry"))
}

func values(p *graph.RedactionPlan) (n uint64) {
	for _, f := range p.Closes {
		n += f.Values
	}
	return n
}

func several(n uint64, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		what = strings.TrimSuffix(what, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// quarantined names what is kept in quarantine in which an identifier stands: no key of a subject closes that.
func (r *redacting) quarantined(s *station) ([]string, error) {
	var found []string
	for it, err := range s.intake.Quarantine.Items("") {
		if err != nil {
			fmt.Fprintf(r.a.err, "Quarantine was not searched through: %v\n", err)
			return found, nil
		}
		for _, t := range r.order.Targets {
			if t.Identifier != "" && (t.Source == "" || t.Source == it.Source) && strings.Contains(string(it.Event), `"`+t.Identifier+`"`) {
				found = append(found, it.Quarantine)
				break
			}
		}
	}
	for _, id := range found {
		fmt.Fprintf(r.a.err, "In quarantine, and not closed by this: %s (lichtspur quarantine remove %s)\n", id, id)
	}
	return found, nil
}

// asked asks for a yes that nobody types by accident.
func (r *redacting) asked() (bool, error) {
	fmt.Fprint(r.a.err, `It cannot be undone. Type "redact" to destroy the keys: `)
	line, err := bufio.NewReader(r.a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return strings.TrimSpace(line) == "redact", nil
}

// closed opens the directory again and looks at the entries that were listed.
func (r *redacting) closed(ctx context.Context, dir string, p *graph.RedactionPlan) (err error) {
	s, err := r.a.openStation(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	view, err := s.graph.As(redactor)
	if err != nil {
		return err
	}
	for _, e := range p.Listed {
		if e.Accesses {
			continue
		}
		now, err := view.Event(ctx, e.ID.String())
		if err != nil {
			return err
		}
		for _, field := range e.Fields {
			if strings.HasPrefix(field, "/") && now.Closed[field] != graph.Redacted {
				return &failure{exitProof, fmt.Errorf("entry %d: %s is not closed", e.Index, field)}
			}
		}
	}
	return view.Account(ctx, graph.Access{Way: event.WayQuestion, Operation: "redact"})
}

// remind says what a redaction does not reach.
func (r *redacting) remind(done *graph.Redaction, dir string, kept []string) {
	say := func(format string, args ...any) { fmt.Fprintf(r.a.err, format+"\n", args...) }
	if done.RootFile != "" {
		say("Back up %s anew, now: it was replaced, and without it no personal value can be read.", done.RootFile)
		say("Destroy the older copies of it: with one, and an older copy of the data, what was redacted can be read.")
	} else {
		say("The root key comes from the environment (%s) and is the same as before: older copies of %s/vault/state open with it. Destroy them.", graph.RootEnv, dir)
	}
	var sealers []string
	for _, e := range done.Entries {
		for _, d := range e.Denotes {
			if d.Sealer != graph.LogID && !slices.Contains(sealers, d.Sealer) {
				sealers = append(sealers, d.Sealer)
			}
		}
	}
	if len(sealers) > 0 {
		slices.Sort(sealers)
		say("These seal their own events, and their own vaults still have the keys: %s.", strings.Join(sealers, ", "))
	}
	if len(kept) > 0 {
		say("%s in quarantine still name a subject (above).", several(uint64(len(kept)), "item"))
	}
}

func (r *redacting) result(p *graph.RedactionPlan, done *graph.Redaction, ch *checked) error {
	if len(done.Entries) == 0 && r.a.set.Output == "text" {
		return nil // it was said
	}
	entries, ids := []string{}, []string{}
	pseudonyms := 0
	for _, e := range done.Entries {
		entries, ids = append(entries, fmt.Sprint(e.Index)), append(ids, e.ID.String())
		pseudonyms += len(e.Denotes)
	}
	pairs := []any{"redacted", len(r.order.Targets) - len(done.Already), "already", len(done.Already), "pseudonyms", pseudonyms,
		"entries", entries, "ids", ids, "values", values(p), "rootKey", done.RootFile}
	if ch != nil {
		if r.a.set.Output == "text" {
			fmt.Fprintln(r.a.out, r.a.paint(r.a.outTTY, green, "redacted, verified"))
		}
		pairs = append(pairs, "size", ch.log.Size, "root", ch.log.Head.Root.String())
	}
	return r.a.show(pairs...)
}

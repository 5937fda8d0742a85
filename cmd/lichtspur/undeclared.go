package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest"
)

// mentioned are the organisations and systems that the events of a dry run refer to, and those that they declare.
type mentioned struct {
	uses     map[graph.Name]*use
	declared map[graph.Name]int64 // by which event first
	events   int64
	more     int64 // uses of names beyond mostNames
}

// use is how often a name is referred to, and by which event first.
type use struct{ count, first int64 }

// mostNames is how many names are kept. What a file has more of than this is no names.
const mostNames = 100_000

func (n *mentioned) add(e *event.Event) {
	if n.uses == nil {
		n.uses, n.declared = map[graph.Name]*use{}, map[graph.Name]int64{}
	}
	n.events++
	for _, name := range graph.NamesOf(e) {
		u := n.uses[name]
		switch {
		case u == nil && len(n.uses) >= mostNames:
			n.more++
			continue
		case u == nil:
			u = &use{first: n.events}
			n.uses[name] = u
		}
		u.count++
	}
	if d := e.Declaration; d != nil && len(n.declared) < mostNames {
		if name := (graph.Name{ID: d.ID, Type: d.Type}); n.declared[name] == 0 {
			n.declared[name] = n.events
		}
	}
}

// declares reports whether an event declares a name before it is referred to.
func (n *mentioned) declares(name graph.Name) bool {
	before := func(t event.DeclarationType) bool {
		at := n.declared[graph.Name{ID: name.ID, Type: t}]
		return at > 0 && at < n.uses[name].first
	}
	if name.Type == "" {
		return before(event.DeclareOrganisation) || before(event.DeclareSystem)
	}
	return before(name.Type)
}

// undeclared shows which names the log that is meant does not know, and reports whether events would be refused for it.
// Where no log is named there is nothing to ask.
func (a *app) undeclared(c *cobra.Command, source string, n *mentioned) (refused bool, err error) {
	t, err := a.target()
	if err != nil || a.set.Server == "" && a.set.Data == "" || len(n.uses) == 0 {
		return false, err
	}
	if t.data != "" && source == "" {
		fmt.Fprintln(a.err, "whether names are declared was not asked: that depends on the source, which --source names")
		return false, nil
	}
	to, err := a.counter(source)
	if err != nil {
		return false, fmt.Errorf("which names are declared: %w", err)
	}
	defer func() { err = errors.Join(err, to.close()) }()
	all := make([]graph.Name, 0, len(n.uses))
	for name := range n.uses {
		all = append(all, name)
	}
	slices.SortFunc(all, func(x, y graph.Name) int {
		return cmp.Or(cmp.Compare(n.uses[x].first, n.uses[y].first), cmp.Compare(x.Type, y.Type), cmp.Compare(x.ID, y.ID))
	})
	var unknown []graph.Name
	introduces := false
	for some := range slices.Chunk(all, ingest.MaxNames) {
		u, err := to.undeclared(c.Context(), source, some)
		if err != nil {
			return false, fmt.Errorf("which names are declared: %w", err)
		}
		introduces = u.Introduces
		for _, name := range u.Names {
			// What events declare themselves helps where the source may declare it.
			if may := u.Introduces || u.Source == graph.LogID; !may || !n.declares(name) {
				unknown = append(unknown, name)
			}
		}
	}
	return a.showUndeclared(n, unknown, introduces)
}

// undeclaredRow is a name that is not declared, and what becomes of events with it.
type undeclaredRow struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Events int64  `json:"events"`
	First  int64  `json:"first"`
	Then   string `json:"then"`
}

// showUndeclared shows unknown names: in the output of a dry run that is read as lines, beside it otherwise.
func (a *app) showUndeclared(n *mentioned, unknown []graph.Name, introduces bool) (refused bool, err error) {
	if len(unknown) == 0 {
		return false, nil
	}
	fate := func(name graph.Name) string {
		if introduces && name.Type != "" {
			return "introduced, flagged"
		}
		refused = true
		return "refused"
	}
	what := func(name graph.Name) string {
		if name.Type == "" {
			return "organisation or system"
		}
		return strings.ToLower(string(name.Type))
	}
	if a.set.Output == "ndjson" {
		for _, name := range unknown {
			row := undeclaredRow{name.ID, what(name), n.uses[name].count, n.uses[name].first, fate(name)}
			if err := writeObject(a.out, []string{"undeclared"}, []any{row}, "\n"); err != nil {
				return false, err
			}
		}
		return refused, nil
	}
	to := *a
	if a.set.Output != "text" {
		to.out = a.err // a second list would spoil the document
		set := *a.set
		set.Output = "text"
		to.set = &set
	}
	fmt.Fprintln(to.out, "not declared:")
	l := to.list("name", "what", "events", "first", "then")
	for i, name := range unknown {
		if then := fate(name); i < mostShown || a.set.Output != "text" {
			if err := l.add(name.ID, what(name), n.uses[name].count, n.uses[name].first, then); err != nil {
				return false, err
			}
		}
	}
	if err := l.close(); err != nil {
		return false, err
	}
	if more := len(unknown) - mostShown; more > 0 && a.set.Output == "text" {
		fmt.Fprintf(to.out, "… and %d more; -o ndjson gives them all\n", more)
	}
	if n.more > 0 {
		fmt.Fprintf(to.out, "%d references to further names were not asked about\n", n.more)
	}
	return refused, nil
}

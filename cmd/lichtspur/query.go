package main

import (
	"cmp"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/graph"
	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) queryCommand() *cobra.Command {
	var file, variables, operation string
	var vars []string
	c := &cobra.Command{
		Use:   "query [QUESTION]",
		Short: "Ask in GraphQL",
		Long: `Asks a question in GraphQL, given as an argument, in a file (--file, - is standard input), of a server or of a data
directory. A purpose is needed (--purpose), and a server also wants the token of a viewer. A data directory is read as
oversight, or as --role dpo --organisation ID, who sees what that organisation took part in.

In text and json the answer is printed as it is. ndjson and csv print the list in the answer: one entry a line, with
nested values as columns like from.system in csv.`,
		Example: `  lichtspur query '{ checkpoint { size root } }' --purpose integrity
  lichtspur query --file flows.graphql --var system=inpol-z --purpose "LAWFULNESS_CHECK; file 12/26" -o csv
  lichtspur query --data data --role dpo --organisation bka --purpose self-monitoring '{ events { nodes { id kind } } }'
  lichtspur query --data data --purpose demonstration '{ claims(filter: {subjects: ["clearview-ai"]}) { nodes { id } } }'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			question, err := a.question(args, file)
			if err != nil {
				return err
			}
			values, err := a.variables(variables, vars)
			if err != nil {
				return err
			}
			if _, _, err := graph.ParsePurpose(a.set.Purpose); a.set.Purpose != "" && err != nil {
				return err
			}
			answer, err := a.ask(c.Context(), schema.Request{Query: question, OperationName: operation, Variables: values})
			if err != nil {
				return err
			}
			return a.printAnswer(answer)
		},
	}
	f := c.Flags()
	f.StringVarP(&file, "file", "f", "", "`file` with the question; - is standard input")
	f.StringVar(&variables, "variables", "", "variables as a JSON `object`, or @FILE")
	f.StringArrayVar(&vars, "var", nil, "one variable, as `name=value`; the value is JSON or else a string; may be repeated")
	f.StringVar(&operation, "operation", "", "`name` of the operation to run, where the document has several")
	return c
}

// maxQuestion bounds what is read as a question or as variables.
const maxQuestion = 1 << 20

func (a *app) question(args []string, file string) (string, error) {
	if (len(args) == 1) == (file != "") {
		return "", usage(errors.New("ask one question: as an argument, or in a file with --file"))
	}
	if file == "" {
		question := strings.TrimSpace(args[0])
		// GraphQL has no document of one word; what is one is meant as a file.
		if question == "-" || !strings.ContainsAny(question, " {(\n") {
			return "", usage(fmt.Errorf("%q is no question in GraphQL; to ask what a file says write --file %s", printable(question), printable(cmp.Or(question, "FILE"))))
		}
		return question, nil
	}
	r, _, err := a.open(file)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxQuestion+1))
	if len(text) > maxQuestion {
		err = fmt.Errorf("%s: longer than %d bytes", file, maxQuestion)
	}
	return string(text), err
}

func (a *app) variables(text string, single []string) (map[string]any, error) {
	values := map[string]any{}
	if path, ok := strings.CutPrefix(text, "@"); ok {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return nil, usage(fmt.Errorf("--variables is not a JSON object: %w", err))
		}
	}
	for _, s := range single {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usage(fmt.Errorf("--var %q: write name=value", s))
		}
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			v = value
		}
		values[name] = v
	}
	return values, nil
}

// response is an answer of GraphQL.
type response struct {
	Data   jsontext.Value `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// ask asks a server or a data directory one question.
func (a *app) ask(ctx context.Context, r schema.Request) (answer *response, err error) {
	err = a.asking(func(ask asker) error {
		answer, err = ask(ctx, r)
		return err
	})
	return answer, err
}

// asker asks a question.
type asker func(context.Context, schema.Request) (*response, error)

// asking lets work ask questions of a server or a data directory, which is opened once for all of them.
func (a *app) asking(work func(asker) error) (err error) {
	t, err := a.target()
	if err != nil {
		return err
	}
	if t.server != "" {
		for _, name := range []string{"role", "organisation"} {
			if a.set.origins[name].rank == fromFlag {
				return usage(fmt.Errorf("--%s is for reading a data directory; on a server it comes with the token (lichtspur token create)", name))
			}
		}
		c, err := a.newClient(t.server)
		if err != nil {
			return err
		}
		return work(c.ask)
	}
	purpose, text, err := graph.ParsePurpose(a.set.Purpose)
	if err != nil {
		return err
	}
	s, err := a.openStation(t.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	h, err := schema.New(s.graph, schema.Options{Logger: a.log})
	if err != nil {
		return err
	}
	viewer := graph.Viewer{Name: "local", Role: graph.Role(a.set.Role), Organisations: a.set.Belongs, Purpose: purpose, PurposeText: text}
	return work(func(ctx context.Context, r schema.Request) (*response, error) {
		// As they would arrive at a server: lists of texts are lists of anything there.
		variables, err := json.Marshal(r.Variables)
		if err != nil {
			return nil, err
		}
		r.Variables = nil
		if err := json.Unmarshal(variables, &r.Variables); err != nil {
			return nil, err
		}
		out, err := h.Exec(ctx, viewer, r)
		if err != nil {
			return nil, err
		}
		body, err := stdjson.Marshal(out) // graphql-go's types are made for it
		if err != nil {
			return nil, err
		}
		answer := &response{}
		return answer, json.Unmarshal(body, answer)
	})
}

func (c *client) ask(ctx context.Context, r schema.Request) (*response, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		answer, err := c.askOnce(ctx, body)
		if !repeatable(err) {
			return answer, err
		}
		if err := c.again(ctx, err, n); err != nil {
			return nil, err
		}
	}
}

// askOnce sends a question. An answer in JSON is one of GraphQL whatever its status (GraphQL-over-HTTP); a refusal of
// the door is a problem document.
func (c *client) askOnce(ctx context.Context, body []byte) (*response, error) {
	res, err := c.send(ctx, "POST", "/graphql", "application/json", bytesReader(body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if media != "application/json" && media != "application/graphql-response+json" {
		return nil, refusal(res)
	}
	answer := &response{}
	if err := json.UnmarshalRead(res.Body, answer); err != nil {
		return nil, fmt.Errorf("the answer is not one of GraphQL: %w", err)
	}
	return answer, nil
}

// printAnswer prints the data, and the errors beside it. The exit code is that of the first error that has one.
func (a *app) printAnswer(r *response) error {
	if len(r.Data) > 0 && r.Data.Kind() != 'n' {
		if err := a.printData(r.Data); err != nil {
			return err
		}
	}
	return a.complain(r)
}

// complain prints the errors of an answer and returns what ends the program with the code of the first that has one.
func (a *app) complain(r *response) error {
	code := exitOK
	for _, e := range r.Errors {
		name, _ := e.Extensions["code"].(string)
		text := e.Message
		if name != "" {
			text = name + ": " + text
		}
		if len(e.Path) > 0 {
			text += fmt.Sprintf(" (at %s)", strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Path), " ", "."), "[]"))
		}
		fmt.Fprintln(a.err, a.paint(a.errTTY, red, "lichtspur:"), printable(text))
		if code == exitOK || code == exitError {
			if code = byCode[name]; code == exitOK {
				code = exitError
			}
		}
	}
	if code != exitOK {
		return said(code)
	}
	return nil
}

func (a *app) printData(data jsontext.Value) error {
	switch a.set.Output {
	case "text", "json":
		text := append(jsontext.Value(nil), data...)
		format := text.Compact
		if a.set.Output == "text" {
			format = func(...jsontext.Options) error { return text.Indent(jsontext.WithIndent("  ")) }
		}
		if err := format(); err != nil {
			return err
		}
		s := string(text)
		if a.outTTY {
			s = printable(s)
		}
		_, err := fmt.Fprintln(a.out, s)
		return err
	}
	rows, err := rowsOf(data)
	if err != nil {
		return err
	}
	if a.set.Output == "ndjson" {
		for _, r := range rows {
			if _, err := fmt.Fprintln(a.out, string(r)); err != nil {
				return err
			}
		}
		return nil
	}
	return a.printTable(rows)
}

// rowsOf finds the list in an answer: the data's only list, or the nodes of its only connection. An answer without a
// list is one row.
func rowsOf(data jsontext.Value) ([]jsontext.Value, error) {
	var fields map[string]jsontext.Value
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if len(fields) != 1 {
		return nil, usage(fmt.Errorf("the answer has %d lists or values, and csv and ndjson print one: ask for one, or print json", len(fields)))
	}
	for _, v := range fields {
		switch v.Kind() {
		case '[':
			return elements(v)
		case '{':
			var connection struct {
				Nodes jsontext.Value `json:"nodes"`
				Edges []struct {
					Node jsontext.Value `json:"node"`
				} `json:"edges"`
			}
			if err := json.Unmarshal(v, &connection); err != nil {
				return nil, err
			}
			if connection.Nodes.Kind() == '[' {
				return elements(connection.Nodes)
			}
			if connection.Edges != nil {
				var out []jsontext.Value
				for _, e := range connection.Edges {
					out = append(out, e.Node)
				}
				return out, nil
			}
		}
		return []jsontext.Value{v}, nil
	}
	return nil, nil
}

func elements(v jsontext.Value) (out []jsontext.Value, err error) {
	return out, json.Unmarshal(v, &out)
}

// printTable prints objects as CSV. The columns are all paths to plain values, in the order in which they come.
func (a *app) printTable(rows []jsontext.Value) error {
	var columns []string
	flat := make([]map[string]any, len(rows))
	for i, r := range rows {
		flat[i] = map[string]any{}
		if err := flatten("", r, flat[i], &columns); err != nil {
			return err
		}
	}
	columns = settle(columns, flat)
	l := a.list(columns...)
	for _, r := range flat {
		values := make([]any, len(columns))
		for i, c := range columns {
			values[i] = r[c]
		}
		if err := l.add(values...); err != nil {
			return err
		}
	}
	return l.close()
}

// settle leaves out the column of an object that is null in some rows, and puts those of its fields in its place.
func settle(columns []string, rows []map[string]any) []string {
	var out []string
	for _, c := range columns {
		inner := slices.DeleteFunc(slices.Clone(columns), func(d string) bool { return !strings.HasPrefix(d, c+".") })
		said := slices.ContainsFunc(rows, func(r map[string]any) bool { return r[c] != nil })
		if len(inner) == 0 || said {
			inner = append([]string{c}, inner...)
		}
		for _, d := range inner {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// flatten puts the plain values of v into row, under their paths. A list is one value, as JSON.
func flatten(path string, v jsontext.Value, row map[string]any, columns *[]string) error {
	put := func(value any) {
		if path == "" {
			path = "value"
		}
		if !slices.Contains(*columns, path) {
			*columns = append(*columns, path)
		}
		row[path] = value
	}
	switch v.Kind() {
	case '{':
		dec := jsontext.NewDecoder(bytesReader(v))
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			key := name.String()
			inner, err := dec.ReadValue()
			if err != nil {
				return err
			}
			if path != "" {
				key = path + "." + key
			}
			if err := flatten(key, slices.Clone(inner), row, columns); err != nil {
				return err
			}
		}
	case '"':
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return err
		}
		put(s)
	case 'n':
		put(nil)
	default:
		put(string(v))
	}
	return nil
}

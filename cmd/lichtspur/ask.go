package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/fixtures/record"
	"github.com/lichtspur/lichtspur/schema"
)

func (a *app) askCommand() *cobra.Command {
	var asOf, language, variables string
	var vars []string
	c := &cobra.Command{
		Use:   "ask [QUESTION…]",
		Short: "Answer the questionnaire of an oversight body",
		Long: `Answers questions of the questionnaire, by id (BT-1a), or all 46. An answer is a status, computed from the claims in the
log: what the body that was asked says to this very question, with who says it and where, whether somebody contradicts, and
what else stands beside it. NO_INFORMATION, WITHHELD and NOT_ADDRESSED are answers; NOT_IN_RECORD says that the body
said nothing that is in this record.

In German (--language de) the wordings of claims are marked where they are given in English alone.

json is one array of questions, ndjson one question a line, csv one part of a question a line.

Beside it are the standing questions on what was logged, L-1 to L-10, each a saved operation that is asked by itself; what
it is about is given as --var, as in GraphQL. Their answers are printed as lichtspur query does:
` + loggedHelp(),
		Example: `  lichtspur ask BT-1b BT-2 --purpose parliamentary
  lichtspur ask L-2 --var image=sha256:014e… --purpose "LAWFULNESS_CHECK; file 12/26"
  lichtspur ask -o json --server http://127.0.0.1:8417
  lichtspur ask HH-1 --language de --as-of 2026-05-01T00:00:00Z --data data --purpose demonstration`,
		RunE: func(c *cobra.Command, ids []string) error {
			at, err := asOfVariable(asOf)
			if err != nil {
				return err
			}
			if language != "en" && language != "de" {
				return usage(fmt.Errorf("--language is en or de, not %q", language))
			}
			if q := loggedQuestion(ids); q != nil {
				return a.askLogged(c, q, variables, vars, at)
			}
			if variables != "" || vars != nil {
				return usage(errors.New("--var and --variables are for the standing questions L-1 to L-10, asked one at a time"))
			}
			var questions []jsontext.Value
			err = a.asking(func(ask asker) error {
				for _, r := range questionsOf(ids, at) {
					answer, err := ask(c.Context(), r)
					if err != nil {
						return err
					}
					if len(answer.Errors) > 0 {
						return a.complain(answer)
					}
					var data struct {
						Question  jsontext.Value   `json:"question"`
						Questions []jsontext.Value `json:"questions"`
					}
					if err := json.Unmarshal(answer.Data, &data); err != nil {
						return err
					}
					if data.Question.Kind() == 'n' {
						return &failure{exitNotFound, fmt.Errorf("the questionnaire has no question %q", strings.ReplaceAll(r.OperationName, "_", "-"))}
					}
					if data.Question != nil {
						data.Questions = []jsontext.Value{data.Question}
					}
					questions = append(questions, data.Questions...)
				}
				return nil
			})
			if err != nil {
				return err
			}
			return a.printQuestions(questions, language)
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the record as it was at this `size or time`, as in 4000 or 2026-05-01T00:00:00Z")
	c.Flags().StringVar(&variables, "variables", "", "variables of a standing question, as a JSON `object` or @FILE")
	c.Flags().StringArrayVar(&vars, "var", nil, "one of them, as `name=value`; the value is JSON or else a string; may be repeated")
	c.Flags().StringVar(&language, "language", "en", "`language` of text, and of the questions in csv: en or de")
	return c
}

// loggedQuestion returns the standing question that is asked, nil for others.
func loggedQuestion(ids []string) *record.Logged {
	for _, q := range record.LoggedQuestions() {
		if len(ids) == 1 && strings.EqualFold(ids[0], q.ID) {
			return &q
		}
	}
	return nil
}

// loggedHelp lists the standing questions with what they need.
func loggedHelp() string {
	var b strings.Builder
	for _, q := range record.LoggedQuestions() {
		fmt.Fprintf(&b, "\n  %-5s %s", q.ID, q.Text.EN)
		if len(q.Needs) > 0 {
			fmt.Fprintf(&b, " (--var %s)", strings.ReplaceAll(strings.Join(q.Needs, ", --var "), "|", " or "))
		}
	}
	return b.String()
}

// askLogged asks a standing question. An image may be named in short: sha256:…, a pseudonym or @FILE.
func (a *app) askLogged(c *cobra.Command, q *record.Logged, text string, single []string, asOf any) error {
	values, err := a.variables(text, single)
	if err != nil {
		return err
	}
	if name, ok := values["image"].(string); ok {
		if values["image"], err = imageVariable(name); err != nil {
			return err
		}
	}
	if missing := q.Missing(values); len(missing) > 0 {
		return usage(fmt.Errorf("%s needs %s, given as --var name=value", q.ID, strings.Join(missing, " and ")))
	}
	name, document := q.Operation()
	if strings.Contains(document, "$asOf") {
		values["asOf"] = asOf
	} else if asOf != nil {
		return usage(fmt.Errorf("%s is not asked as of a state", q.ID))
	}
	answer, err := a.ask(c.Context(), schema.Request{Query: document, OperationName: name, Variables: values})
	if err != nil {
		return err
	}
	return a.printAnswer(answer)
}

// questionsOf are the saved operations that ask some questions; of none, that which asks all.
func questionsOf(ids []string, asOf any) (out []schema.Request) {
	add := func(name, text string) {
		out = append(out, schema.Request{Query: text, OperationName: name, Variables: map[string]any{"asOf": asOf}})
	}
	if len(ids) == 0 {
		add(record.Questionnaire())
	}
	known := record.Questions()
	for _, id := range ids {
		for i := range known {
			if strings.EqualFold(known[i].ID, id) {
				id = known[i].ID
			}
		}
		add(record.Operation(id))
	}
	return out
}

func (a *app) printQuestions(questions []jsontext.Value, language string) error {
	switch a.set.Output {
	case "json":
		return a.printJSON(questions)
	case "ndjson":
		for _, q := range questions {
			if _, err := fmt.Fprintln(a.out, string(q)); err != nil {
				return err
			}
		}
		return nil
	}
	var all []question
	for _, raw := range questions {
		var q question
		if err := json.Unmarshal(raw, &q); err != nil {
			return err
		}
		all = append(all, q)
	}
	if a.set.Output == "csv" {
		return a.printParts(all, language)
	}
	return a.printAnswers(all, language)
}

func (a *app) printJSON(questions []jsontext.Value) error {
	for i, q := range questions {
		before := ",\n"
		if i == 0 {
			before = "["
		}
		if _, err := fmt.Fprint(a.out, before, string(q)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(a.out, "]")
	return err
}

package schema

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// graphql-go shows nobody the documents that it reads, so what must be known of an operation before it runs is read
// here, with a parser of its own. It never widens what is answered: a document that one of the two does not read is
// refused.

// maxTokens is more than MaxQuery bytes have, so that it ends no document that may be sent.
const maxTokens = MaxQuery + 1

// document is one that was read.
type document struct {
	*ast.QueryDocument
	fragments map[string]*ast.FragmentDefinition
}

func parse(text string) (*document, error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
	if err != nil {
		return nil, err
	}
	d := &document{doc, make(map[string]*ast.FragmentDefinition, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		if d.fragments[f.Name] == nil {
			d.fragments[f.Name] = f
		}
	}
	return d, nil
}

// operation returns the operation that a request asks for, nil where it does not say which or there is none.
func (d *document) operation(name string) *ast.OperationDefinition {
	if name == "" {
		if len(d.Operations) == 1 {
			return d.Operations[0]
		}
		return nil
	}
	return d.Operations.ForName(name)
}

// withDefaults returns the variables of an operation, with the defaults of those that are not given.
func withDefaults(op *ast.OperationDefinition, given map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(given))
	for name, v := range given {
		out[name] = v
	}
	for _, v := range op.VariableDefinitions {
		if _, ok := out[v.Variable]; ok || v.DefaultValue == nil {
			continue
		}
		value, err := constant(v.DefaultValue)
		if err != nil {
			return nil, err
		}
		out[v.Variable] = value
	}
	return out, nil
}

package table

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lichtspur/lichtspur/graph/event"
	"github.com/lichtspur/lichtspur/ingest/format"
)

// Mapping says what the columns of a file mean. It is read from YAML; package doc has the form.
type Mapping struct {
	Name       string                       `yaml:"name"`       // slug; begins the id of every event
	About      string                       `yaml:"about"`      // for people
	Source     string                       `yaml:"source"`     // where such files come from
	File       File                         `yaml:"file"`       // how it is written
	Parameters map[string]Parameter         `yaml:"parameters"` // values given from outside
	Cells      Cells                        `yaml:"cells"`      // what cells say that hold no value
	Rows       Rows                         `yaml:"rows"`       // what tells rows apart
	Zone       string                       `yaml:"zone"`       // of times without one; an IANA name, "$parameter", default UTC
	Layouts    []string                     `yaml:"layouts"`    // of times
	Tables     map[string]map[string]string `yaml:"tables"`     // value → value
	Ignore     []string                     `yaml:"ignore"`     // columns left out on purpose
	Events     []Event                      `yaml:"events"`     // what a row gives
}

// File is how a file is written.
type File struct {
	Encoding  string   `yaml:"encoding"`  // auto (default), utf-8, latin-1, windows-1252, utf-16
	Separator string   `yaml:"separator"` // auto (default), tab, or one character
	Skip      int      `yaml:"skip"`      // lines before the header
	Columns   []string `yaml:"columns"`   // names, where the file has no header
}

// Parameter is a value that is given from outside, such as whose file it is.
type Parameter struct {
	About   string  `yaml:"about"`
	Default *string `yaml:"default"` // nil: has to be given
}

// Cells are the texts of cells that hold no value: whole texts, or regular expressions between slashes.
type Cells struct {
	Empty    []string `yaml:"empty"`    // the source has nothing there; the empty cell always says so
	Masked   []string `yaml:"masked"`   // there is a value, and whoever published made it unreadable
	Withheld []string `yaml:"withheld"` // there is a value, and the source says that it keeps it back
}

// Rows is what tells rows apart.
type Rows struct {
	Key     []string `yaml:"key"`     // columns; default: all that the mapping uses
	Repeats string   `yaml:"repeats"` // counted or same; default: same with a key, counted without
}

// Event is one event that a row gives.
type Event struct {
	ID       string           `yaml:"id"`       // tells several events of a row apart
	When     []Condition      `yaml:"when"`     // all have to hold
	Once     []string         `yaml:"once"`     // columns: one event for each of their values in a file
	Kind     event.Kind       `yaml:"kind"`     //
	Withheld []string         `yaml:"withheld"` // fields that the source has and this file has no column for
	Fields   map[string]Field `yaml:"fields"`   // JSON pointer → value
}

// Condition is a condition on a cell.
type Condition struct {
	Column string   `yaml:"column"`
	In     []string `yaml:"in"`
	Not    []string `yaml:"not"`
}

// Field is where a field's value comes from: one of Value, Column, Text and Parameter.
type Field struct {
	Value     *string `yaml:"value"`     // constant; a plain scalar in place of the object is the same
	Column    Columns `yaml:"column"`    // a cell; of several names the first that the file has
	Text      string  `yaml:"text"`      // "{a} of {b}": cells put together
	Parameter string  `yaml:"parameter"` // a parameter

	Table     string   `yaml:"table"`     // look the value up
	Otherwise *string  `yaml:"otherwise"` // for what is not in the table; without: not mapped
	Slug      bool     `yaml:"slug"`      // make an identifier of it
	Prefix    string   `yaml:"prefix"`    // put before it
	Layouts   []string `yaml:"layouts"`   // of a time; default: the mapping's
	Zone      string   `yaml:"zone"`      // of a time; default: the mapping's
	Split     string   `yaml:"split"`     // the cell holds a list; the pointer has a * for its places
	Required  bool     `yaml:"required"`  // without it there is no event
}

// Columns are names for the same column.
type Columns []string

// UnmarshalYAML takes one name or a list.
func (c *Columns) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*c = Columns{n.Value}
		return nil
	}
	return n.Decode((*[]string)(c))
}

// UnmarshalYAML takes a constant or an object.
func (f *Field) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		v := n.Value
		f.Value = &v
		return nil
	}
	// The decoder's strictness about unknown keys ends at this method, so they are looked for here.
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if !slices.Contains(fieldKeys, n.Content[i].Value) {
			return fmt.Errorf("line %d: a field has no %.40q", n.Content[i].Line, n.Content[i].Value)
		}
	}
	type plain Field
	return n.Decode((*plain)(f))
}

var fieldKeys = []string{"value", "column", "text", "parameter", "table", "otherwise", "slug", "prefix", "layouts", "zone", "split", "required"}

//go:embed mappings/*.yaml
var shipped embed.FS

// Shipped returns the names of the mappings that come with the program.
func Shipped() []string {
	list, err := shipped.ReadDir("mappings")
	if err != nil {
		panic(err) // embedded
	}
	var out []string
	for _, f := range list {
		out = append(out, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return out
}

// Load returns a shipped mapping by its name, or one from a file. What looks like neither is an error that names the
// shipped ones.
func Load(nameOrFile string) (*Mapping, error) {
	if slices.Contains(Shipped(), nameOrFile) {
		b, err := shipped.ReadFile("mappings/" + nameOrFile + ".yaml")
		if err != nil {
			return nil, err
		}
		return Parse(b)
	}
	b, err := os.ReadFile(nameOrFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w; mappings that come with the program: %s", err, strings.Join(Shipped(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return Parse(b)
}

// maxMapping bounds the text of a mapping.
const maxMapping = 1 << 20

// Parse reads a mapping. Unknown keys are errors: a misspelt one would lose a column in silence.
func Parse(text []byte) (*Mapping, error) {
	if len(text) > maxMapping {
		return nil, &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("the mapping has %d bytes, at most %d are read", len(text), maxMapping)}
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	m := new(Mapping)
	if err := d.Decode(m); err != nil && !errors.Is(err, io.EOF) {
		return nil, &format.Error{Code: format.ErrBadMapping, Message: "the mapping cannot be read", Err: err}
	}
	if _, err := m.compile(nil); err != nil {
		return nil, err
	}
	return m, nil
}

// With returns the mapping with values for its parameters. Those without a default have to be given.
func (m *Mapping) With(values map[string]string) (*Mapping, error) {
	out := *m
	out.Parameters = map[string]Parameter{}
	for name, p := range m.Parameters {
		if v, ok := values[name]; ok {
			p.Default = &v
		}
		if p.Default == nil {
			return nil, &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("mapping %s wants the parameter %q: %s", m.Name, name, p.About)}
		}
		out.Parameters[name] = p
	}
	for name := range values {
		if _, ok := m.Parameters[name]; !ok {
			return nil, &format.Error{Code: format.ErrBadMapping, Message: fmt.Sprintf("mapping %s has no parameter %.40q", m.Name, name)}
		}
	}
	if _, err := out.compile(nil); err != nil {
		return nil, err
	}
	return &out, nil
}

package audit

import (
	"fmt"
	"strings"
)

// Path is a way to a text in a record: a.b(text).c, where the brackets hold a text that one of the element's own
// members has.
type Path []step

type step struct{ name, having string }

// ParsePath reads a path.
func ParsePath(s string) (Path, error) {
	var p Path
	for rest := s; ; {
		i := strings.IndexAny(rest, ".(")
		x := step{name: rest}
		if i >= 0 {
			x.name = rest[:i]
		}
		if i >= 0 && rest[i] == '(' {
			j := strings.IndexByte(rest[i:], ')')
			if j < 2 {
				return nil, fmt.Errorf("the path %.80q has a bracket that is empty, or does not close", s)
			}
			x.having = rest[i+1 : i+j]
			if i += j + 1; i == len(rest) {
				i = -1
			} else if rest[i] != '.' {
				return nil, fmt.Errorf("in the path %.80q something follows a bracket", s)
			}
		}
		if x.name == "" {
			return nil, fmt.Errorf("the path %.80q has a name that is empty", s)
		}
		if p = append(p, x); i < 0 {
			return p, nil
		}
		rest = rest[i+1:]
	}
}

// Find returns the first text at the path, "" where there is none.
func (n Node) Find(p Path) string {
	if len(p) == 0 {
		return n.Text()
	}
	for c := range n.All(p[0].name) {
		if p[0].having != "" && !c.has(p[0].having) {
			continue
		}
		if s := c.Find(p[1:]); s != "" {
			return s
		}
	}
	return ""
}

// has reports whether one of the node's own members has the text.
func (n Node) has(s string) bool {
	for c := range n.Each() {
		v := c.node().value
		if string(n.d.text[v.from:v.to]) == s {
			return true
		}
	}
	return false
}

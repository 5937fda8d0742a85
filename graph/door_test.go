package graph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// There is one way to read and one to write: nothing but this package opens the stores. Badger itself is known to the
// ledger and the vault alone. (lichtspur seal opens a vault: that of a source, which is the source's own.)
func TestOneDoor(t *testing.T) {
	const module = "github.com/lichtspur/lichtspur/"
	opens := map[string][]string{
		module + "graph/ledger":  {"Open", "OpenReadOnly", "Create", "Verify"},
		module + "graph/index":   {"New", "Open"},
		module + "graph/catalog": {"New"},
		module + "graph/vault":   {"Open", "Create"},
	}
	allowed := map[string][]string{"cmd/lichtspur/seal.go": {module + "graph/vault"}}
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
		room := filepath.ToSlash(filepath.Dir(name))
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		stores := map[string]string{} // by the name in this file
		for _, im := range file.Imports {
			of, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasPrefix(of, "github.com/dgraph-io/badger/") && room != "graph/ledger" && room != "graph/vault" {
				t.Errorf("%s imports Badger", name)
			}
			if opens[of] == nil || slices.Contains(allowed[name], of) {
				continue
			}
			local := filepath.Base(of)
			if im.Name != nil {
				local = im.Name.Name
			}
			if local == "." {
				t.Errorf("%s imports all names of %s", name, of)
			}
			stores[local] = of
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			local, ok := sel.X.(*ast.Ident)
			if !ok || !slices.Contains(opens[stores[local.Name]], sel.Sel.Name) {
				return true
			}
			if room == "graph" {
				seen[stores[local.Name]] = true
				return true
			}
			t.Errorf("%s: %s.%s opens a store; ask the graph", name, local.Name, sel.Sel.Name)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(opens) {
		t.Errorf("only %v are seen to be opened here; the names have changed", seen)
	}
}

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// exportedImage is one of the exercise that goes far.
const exportedImage = "sha256:db2da53d03873cc0ec372b8d6ff81a26a0fc01444940d360ee0d4089e37ecdf9"

// exportedLog makes a data directory with the record and exercise events.
func exportedLog(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	here(t, nil, "init", "--data", data, "--origin", "log.example/export")
	here(t, here(t, nil, "record"), "ingest", "--data", data, "--source", "log", "-")
	here(t, here(t, nil, "simulate", "--declarations"), "ingest", "--data", data, "--source", "log", "-")
	here(t, here(t, nil, "simulate", "--events", "1200", "--seed", "7"), "ingest", "--data", data, "--source", "exercise", "-")
	return data
}

// answersToExport are one of each.
var answersToExport = map[string][]string{
	"events":   {"events", "--kind", "QUERY,DISCLOSE,CORRECT"},
	"lineage":  {"lineage", exportedImage},
	"exposure": {"exposure", exportedImage},
	"flows":    {"flows", "organisation", "--interval", "month", "--split", "kind,purpose"},
}

// exported is an answer as it is exported; of says of what: --data DIR or --server URL.
func exported(t *testing.T, of []string, answer, format string, more ...string) []byte {
	t.Helper()
	return here(t, nil, slices.Concat([]string{"export"}, answersToExport[answer], []string{"--format", format, "--purpose", "demonstration"}, of, more)...)
}

// All formats of an answer have the same rows, and others' readers read them: encoding/csv, NetworkX. GraphML has the
// structure of its schema. An export has what GraphQL lists, as of one state and within the scope of who asks; of a server
// the same bytes as of its data directory; and it is accounted for.
func TestExport(t *testing.T) {
	data := exportedLog(t)
	local := []string{"--data", data}
	dpo := []string{"--role", "dpo", "--organisation", "bka"}
	own := checkListed(t, local, dpo...)
	written := map[string][]byte{}
	for _, answer := range []string{"events", "lineage"} {
		written[answer] = exported(t, local, answer, "prov")
	}
	server := []string{"--server", startServer(t, filepath.Dir(data), "data", "--demo").url}
	for answer, want := range written {
		if got := exported(t, server, answer, "prov"); !bytes.Equal(got, want) {
			t.Errorf("%s: a server exports %d bytes, its data directory %d", answer, len(got), len(want))
		}
	}
	if all := checkListed(t, server); own >= all {
		t.Errorf("a dpo exports %d of %d", own, all)
	}
	checkListed(t, server, "--as-of", "600")
	checkListed(t, server, "--order", "occurred-desc")
	checkFormats(t, server)
	said := string(here(t, nil, append(server, "accesses", "--purpose", "demonstration", "-o", "csv", "--first", "50")...))
	if !strings.Contains(said, "ExportEvents") || !strings.Contains(said, "ExportFlows") {
		t.Errorf("exports are not accounted for: %s", said)
	}
}

// checkListed compares an export with a list, and returns how many entries it has.
func checkListed(t *testing.T, of []string, more ...string) int {
	t.Helper()
	ids := func(text []byte) (out []string) {
		for line := range bytes.Lines(text) {
			var row map[string]any
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			if id, ok := row["id"].(string); ok {
				out = append(out, id)
			}
		}
		return out
	}
	got := ids(exported(t, of, "events", "ndjson", more...))
	want := ids(here(t, nil, slices.Concat([]string{"events", "--kind", "QUERY,DISCLOSE,CORRECT", "--all", "-o", "ndjson", "--purpose", "demonstration"}, of, more)...))
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("%v: %d exported, %d listed", more, len(got), len(want))
	}
	return len(got)
}

// checkFormats reads every answer in every format.
func checkFormats(t *testing.T, of []string) {
	dir := t.TempDir()
	var graphs []string
	rows := map[string]int{}
	want := map[string][2]int{}
	for answer := range answersToExport {
		lines := bytes.Split(bytes.TrimSpace(exported(t, of, answer, "ndjson")), []byte("\n"))
		var last struct {
			End struct {
				Rows     int    `json:"rows"`
				TreeSize uint64 `json:"treeSize"`
				Complete bool   `json:"complete"`
			} `json:"end"`
		}
		if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
			t.Fatal(err)
		}
		rows[answer] = len(lines) - 1
		if last.End.Rows != rows[answer] || rows[answer] < 10 || !last.End.Complete || last.End.TreeSize == 0 {
			t.Errorf("%s: %d lines, and the end says %+v", answer, rows[answer], last.End)
		}
		table, err := csv.NewReader(bytes.NewReader(exported(t, of, answer, "csv"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(table) != rows[answer]+1 {
			t.Errorf("%s: %d rows of CSV, %d of NDJSON", answer, len(table)-1, rows[answer])
		}
		for _, format := range []string{"graphml", "cytoscape"} {
			path := filepath.Join(dir, answer+"."+format)
			if err := os.WriteFile(path, exported(t, of, answer, format), 0o600); err != nil {
				t.Fatal(err)
			}
			graphs = append(graphs, path)
		}
		text, err := os.ReadFile(filepath.Join(dir, answer+".graphml"))
		if err != nil {
			t.Fatal(err)
		}
		nodes, edges, err := graphMLOf(text)
		if err != nil {
			t.Errorf("%s: %v", answer, err)
		}
		if (answer == "lineage" || answer == "flows") && edges != rows[answer] {
			t.Errorf("%s: %d edges of %d rows", answer, edges, rows[answer])
		}
		want[answer] = [2]int{nodes, edges}
	}
	var found map[string]struct {
		Nodes, Edges, Nameless int
		TreeSize               uint64 `json:"treeSize"`
		Complete               bool
	}
	if err := json.Unmarshal(python(t, append([]string{"testdata/readers/graphs.py"}, graphs...)...), &found, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	for _, path := range graphs {
		answer, _, _ := strings.Cut(filepath.Base(path), ".")
		if got := found[path]; [2]int{got.Nodes, got.Edges} != want[answer] || !got.Complete || got.TreeSize == 0 || answer != "events" && got.Nameless > 0 {
			t.Errorf("NetworkX reads %+v of %s, want %v nodes and edges", got, filepath.Base(path), want[answer])
		}
	}
}

// python runs a script with Debian's Python, and its packages, which make readers installs.
func python(t *testing.T, args ...string) []byte {
	t.Helper()
	const interpreter = "/usr/bin/python3"
	if exec.Command(interpreter, "-c", "import networkx").Run() != nil {
		if out, err := exec.Command("make", "-C", "../..", "readers").CombinedOutput(); err != nil {
			t.Fatalf("python3-networkx is wanted, and not there: %s", out)
		}
	}
	c := exec.Command(interpreter, args...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	return out
}

// graphMLOf holds a document to the structure of GraphML 1.1: keys before the graph, each data under a key of its
// element's kind and in the form of its type, identifiers once, edges between nodes.
func graphMLOf(text []byte) (nodes, edges int, err error) {
	type key struct{ of, kind string }
	keys, ids := map[string]key{}, map[string]bool{}
	var ends []string
	var path []string
	var value strings.Builder
	under := ""
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Space != "http://graphml.graphdrawing.org/xmlns" {
				return 0, 0, fmt.Errorf("%s is of another namespace", e.Name.Local)
			}
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			parent := ""
			if len(path) > 0 {
				parent = path[len(path)-1]
			}
			path = append(path, e.Name.Local)
			within := map[string]string{"graphml": "", "key": "graphml", "graph": "graphml", "node": "graph", "edge": "graph", "data": "graph node edge"}
			if of, ok := within[e.Name.Local]; !ok || !slices.Contains(strings.Fields(of), parent) && of != parent {
				return 0, 0, fmt.Errorf("%s within %q", e.Name.Local, parent)
			}
			switch e.Name.Local {
			case "key":
				if len(ids) > 0 || keys[attr["id"]] != (key{}) || !slices.Contains([]string{"string", "long", "boolean"}, attr["attr.type"]) || attr["attr.name"] == "" {
					return 0, 0, fmt.Errorf("key %v", attr)
				}
				keys[attr["id"]] = key{attr["for"], attr["attr.type"]}
			case "graph":
				if attr["edgedefault"] != "directed" {
					return 0, 0, errors.New("edgedefault")
				}
			case "node", "edge":
				if attr["id"] == "" || ids[attr["id"]] {
					return 0, 0, fmt.Errorf("%s %q is there twice", e.Name.Local, attr["id"])
				}
				ids[attr["id"]] = true
				if e.Name.Local == "node" {
					nodes++
				} else {
					edges++
					ends = append(ends, attr["source"], attr["target"])
				}
			case "data":
				under = attr["key"]
				if keys[under].of != parent {
					return 0, 0, fmt.Errorf("data %q of a %s", under, parent)
				}
				value.Reset()
			}
		case xml.CharData:
			value.Write(e)
		case xml.EndElement:
			path = path[:len(path)-1]
			if e.Name.Local != "data" {
				break
			}
			v := value.String()
			switch keys[under].kind {
			case "long":
				var n int64
				if c, err := fmt.Sscan(v, &n); c != 1 || err != nil {
					return 0, 0, fmt.Errorf("%q is no long", v)
				}
			case "boolean":
				if v != "true" && v != "false" {
					return 0, 0, fmt.Errorf("%q is no boolean", v)
				}
			}
		}
	}
	for _, id := range ends {
		if !ids[id] {
			return 0, 0, fmt.Errorf("an edge of %q, which is no node", id)
		}
	}
	return nodes, edges, nil
}

func TestSheet(t *testing.T) {
	var b bytes.Buffer
	s, err := newSheet(&b, ";", true, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{{"=1+1", -5}, {"@x", "a;b"}, {"+49", "say \"no\"\nand go"}, {"-", nil}, {"\tx", "a,b"}, {true, []string{"x", "y"}}} {
		if err := s.row(row...); err != nil {
			t.Fatal(err)
		}
	}
	want := "\ufeffa;b\r\n'=1+1;-5\r\n'@x;\"a;b\"\r\n'+49;\"say \"\"no\"\"\nand go\"\r\n'-;\r\n'\tx;a,b\r\ntrue;x y\r\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
}

// What waits for its turn comes as it went in, from memory and from a file.
func TestDeferred(t *testing.T) {
	for _, n := range []int{10, deferredBytes + 10, 3 * deferredBytes} {
		s := &deferred{}
		want := bytes.Repeat([]byte("0123456789"), n/10)
		for chunk := range slices.Chunk(want, 1<<16) {
			if _, err := s.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		if (s.file != nil) != (n >= deferredBytes) {
			t.Errorf("%d bytes: a file %v", n, s.file != nil)
		}
		var got bytes.Buffer
		if _, err := s.WriteTo(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes of %d", got.Len(), len(want))
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
}

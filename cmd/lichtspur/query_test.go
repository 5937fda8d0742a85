package main

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestAnswersAsTables(t *testing.T) {
	for _, c := range []struct{ name, format, data, want string }{
		{"connection", "csv", `{"events":{"treeSize":"9","nodes":[{"id":"a","from":{"system":"inpol","part":null},"n":1,"tags":["x"]},{"id":"b","from":null,"n":2.5,"tags":[]}]}}`,
			"id,from.system,from.part,n,tags\na,inpol,,1,\"[\"\"x\"\"]\"\nb,,,2.5,[]\n"},
		{"object after null", "csv", `{"claims":{"nodes":[{"by":null,"n":1},{"by":{"id":"a"},"n":2}]}}`, "by.id,n\n,1\na,2\n"},
		{"null throughout", "csv", `{"claims":{"nodes":[{"by":null,"n":1}]}}`, "by,n\n,1\n"},
		{"edges", "ndjson", `{"events":{"edges":[{"cursor":"c","node":{"id":"a"}},{"cursor":"d","node":{"id":"b"}}]}}`, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n"},
		{"plain list", "ndjson", `{"sources":[{"id":"a"}]}`, "{\"id\":\"a\"}\n"},
		{"list of values", "csv", `{"names":["a","b"]}`, "value\na\nb\n"},
		{"one thing", "csv", `{"checkpoint":{"size":7}}`, "size\n7\n"},
		{"empty list", "csv", `{"events":{"nodes":[]}}`, "\n"},
		{"json", "json", `{ "a" : 1 }`, "{\"a\":1}\n"},
		{"text", "text", `{"a":{"b":1}}`, "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			a := quiet(&out)
			a.set.Output = c.format
			if err := a.printData(jsontext.Value(c.data)); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("got\n%s\nwant\n%s", &out, c.want)
			}
		})
	}
	a := quiet(&bytes.Buffer{})
	a.set.Output = "csv"
	if err := a.printData(jsontext.Value(`{"a":[],"b":[]}`)); exitCode(err) != exitUsage {
		t.Errorf("two lists in one table: %v", err)
	}
}

func TestVariables(t *testing.T) {
	a := quiet(&bytes.Buffer{})
	got, err := a.variables(`{"a":1,"b":"x"}`, []string{"b=y", `c=["z"]`, "d=2024-05-01", "e=a=b"})
	if err != nil {
		t.Fatal(err)
	}
	if got["b"] != "y" || got["c"].([]any)[0] != "z" || got["d"] != "2024-05-01" || got["e"] != "a=b" || got["a"] != 1.0 {
		t.Errorf("%v", got)
	}
	for _, bad := range []string{"x", "=x"} {
		if _, err := a.variables("", []string{bad}); exitCode(err) != exitUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

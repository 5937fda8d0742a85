package main

import (
	"bufio"
	"bytes"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func FuzzSettingsFile(f *testing.F) {
	for _, s := range []string{"timeout: 10s\n", "timeout: 1s\n---\ndata: x\n", "a: &x 1\ndata: *x\n", "- a\n", "data: [a]\n", "data: 'x'\ndata: y\n", "# none\n"} {
		f.Add([]byte(s))
	}
	known := newSettings().fileKeys()
	f.Fuzz(func(t *testing.T, data []byte) {
		values, err := parseSettings("fuzz", data, known)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, v := range values {
			if seen[v.key] || v.line < 1 || !slices.Contains(known, v.key) {
				t.Errorf("accepted %+v", v)
			}
			seen[v.key] = true
		}
	})
}

// Whatever a stream holds, cutting it into requests loses nothing of lines that an event may have.
func FuzzCut(f *testing.F) {
	f.Add([]byte("{}\n\n{}"))
	f.Add(bytes.Repeat([]byte("x\n"), requestLines+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(data), 16)
		var all []byte
		lines := 0
		for last := false; !last; {
			var q request
			if q, last = cut(r); q.err != nil {
				t.Fatal(q.err)
			}
			all = append(all, q.text...)
			lines += q.lines
		}
		want := bytes.Count(data, []byte("\n"))
		if len(data) > 0 && data[len(data)-1] != '\n' {
			want++
		}
		if !bytes.Equal(all, data) || lines != want {
			t.Errorf("%q became %q, %d lines of %d", data, all, lines, want)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"events":{"nodes":[{"a":{"b":1}}]}}`))
	f.Add([]byte(`{"x":[1,"a",null,[]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !jsontext.Value(data).IsValid() {
			return
		}
		var out bytes.Buffer
		a := quiet(&out)
		for _, format := range formats {
			a.set.Output = format
			a.printData(data)
		}
	})
}

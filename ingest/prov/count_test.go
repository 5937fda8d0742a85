package prov_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// counts says how many statements of each section a document has, bundles included, as testdata/roundtrip.py does. It
// knows nothing of how documents are written.
func counts(text []byte) string {
	var d map[string]json.RawMessage
	if err := json.Unmarshal(text, &d); err != nil {
		panic(err)
	}
	found := map[string]int{"bundle": 0}
	add := func(sections map[string]json.RawMessage) {
		for name, body := range sections {
			if name == "prefix" || name == "bundle" {
				continue
			}
			var all map[string]json.RawMessage
			if err := json.Unmarshal(body, &all); err != nil {
				panic(err)
			}
			found[name] += len(all)
		}
	}
	add(d)
	if b := d["bundle"]; b != nil {
		var all map[string]map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			panic(err)
		}
		for _, one := range all {
			found["bundle"]++
			add(one)
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintln(&b, name, found[name])
	}
	return b.String()
}

// live is how much memory is in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestImageBeginningWithADash(t *testing.T) {
	const id, long = "-vMywOUV_TjpS12kybbyJA", "--MywOUV_TjpS12kybbyJA"
	root := quiet(&bytes.Buffer{}).root()
	for given, want := range map[string]string{
		"prove " + id + " -o file":           "prove -o file -- " + id,
		"trace " + id:                        "trace -- " + id,
		"trace " + id + " --depth 1 --svg -": "trace --depth 1 --svg - -- " + id,
		"trace -o json " + id + " --up":      "trace -o json --up -- " + id,
		"trace --data data " + id:            "trace --data data -- " + id,
		"trace " + long + " --up":            "trace --up -- " + long,
		"exposure " + id + " --as-of 40":     "exposure --as-of 40 -- " + id,
		"export lineage " + id + " -o f":     "export lineage -o f -- " + id,
		"--data data export exposure " + id:  "--data data export exposure -- " + id,
		"trace " + id + " -- more":           "trace -- more " + id,
		"trace -- " + id:                     "trace -- " + id,
		"trace --place " + id + " x":         "trace --place " + id + " x",
		"trace -o " + id + " x":              "trace -o " + id + " x",
		"trace --place=x " + id:              "trace --place=x -- " + id,
		"trace --up " + id:                   "trace --up -- " + id,
		"trace -hMywOUV_TjpS12kybbyJ":        "trace -hMywOUV_TjpS12kybbyJ", // 21 characters
		"trace sha256:00 --depth 1":          "trace sha256:00 --depth 1",
		"prove -o " + id:                     "prove -o " + id,
		"unknown " + id:                      "unknown " + id,
		"":                                   "",
	} {
		if got := strings.Join(dashed(root, strings.Fields(given)), " "); got != want {
			t.Errorf("%s\n got %s\nwant %s", given, got, want)
		}
	}
}

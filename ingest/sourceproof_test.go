package ingest_test

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lichtspur/lichtspur/ingest/batch"
)

// Of every leaf of batches of all sizes, one after the other, the path leads to the root that its source signed.
func TestEveryLeafLeadsToTheSignedRoot(t *testing.T) {
	s := newStation(t, 0)
	x := s.sealer(t, "gateway", s.token)
	for size := 1; size <= 9; size++ {
		var natives []string
		for i := range size {
			natives = append(natives, native(fmt.Sprintf("%d/%d", size, i)))
		}
		sub := x.seal(t, natives...)
		status, answer := x.submit(t, sub)
		if status != 200 {
			t.Fatal(status, answer)
		}
		for id, r := range receiptsOf(t, answer) {
			p, err := s.auditor(t).ProveSource(context.Background(), r.Entry)
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			_, payload, err := batch.ParseEnvelope(p.Envelope)
			if err != nil || batch.Digest(payload) != sub.Digest {
				t.Fatalf("%s: the envelope is of another batch: %v", id, err)
			}
			leaf, err := tlog.ParseHash(r.LeafHash)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(p.Path, int64(p.Count), sub.Statement.Root, int64(p.Index), leaf); err != nil {
				t.Errorf("%s, leaf %d of %d: %v", id, p.Index, p.Count, err)
			}
		}
	}
}

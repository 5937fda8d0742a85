package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// written writes a parsed blob again; what parses has one form.
func (b *blob) written() []byte {
	number := func(out []byte, n int) []byte {
		for n >= 0x80 {
			out = append(out, byte(n)|0x80)
			n >>= 7
		}
		return append(out, byte(n))
	}
	out := number([]byte{blobVersion}, len(b.evidence))
	out = append(out, b.evidence...)
	out = number(out, len(b.subjects)/16)
	out = append(out, b.subjects...)
	out = append(out, b.salt...)
	out = number(out, len(b.sets))
	for _, s := range b.sets {
		out = number(out, len(s.subjects))
		for _, n := range s.subjects {
			out = number(out, n)
		}
		out = append(out, s.header...)
		out = number(out, len(s.sealed))
		out = append(out, s.sealed...)
	}
	return out
}

func FuzzBlob(f *testing.F) {
	// Without a store, whose goroutines would blur what the fuzzer sees.
	s := &state{lookup: secret{1}, entries: secret{2}, root: slot{kind: slotLive, key: secret{3}}, sealer: "log"}
	v := newVault(f.TempDir(), s, RootKey{}, rand.Reader)
	entry, ds := ordinary(f, v, 1)
	for _, n := range []int{0, 1, len(ds)} {
		for _, evidence := range [][]byte{nil, []byte("evidence")} {
			blob, err := v.EncryptWith("log", entry, ds[:n], evidence)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(blob)
		}
	}
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBlob(data)
		open, closed, derr := v.Decrypt("log", event.Pseudonym{1}, data) // under no key of which it was ever encrypted
		if err != nil {
			if !errors.Is(derr, ErrSealedValue) || open != nil || closed != nil {
				t.Fatalf("%v, and %q %v %v", err, open, closed, derr)
			}
			return
		}
		if len(open) > 0 || len(closed) > 0 || (derr == nil) != (len(b.sets) == 0) {
			t.Fatalf("%q %v %v", open, closed, derr)
		}
		if len(data) > 0 && !bytes.Equal(b.written(), data) {
			t.Fatalf("%x parses as %x", data, b.written())
		}
	})
}

func FuzzState(f *testing.F) {
	s := &state{vault: [16]byte{1}, seq: 7, root: slot{kind: slotPage, key: secret{2}, seq: 7}, sealer: "log"}
	f.Add(s.encode())
	s.root = slot{kind: slotLive, key: secret{3}}
	f.Add(s.encode())
	root := RootKey{key: secret{4}}
	sealed, err := s.seal(&root, bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parseState(data); err == nil && !bytes.Equal(s.encode(), data) {
			t.Fatalf("%x parses as %x", data, s.encode())
		}
		if _, err := openState(data, &root); err == nil && !bytes.Equal(data, sealed) {
			t.Fatalf("%x opens", data)
		}
	})
}

func FuzzPage(f *testing.F) {
	p := point{0xab, 0xcd}
	f.Add(newChain(secret{1}, 20, &p).encode(), byte(20))
	f.Add(newBranch(secret{2}, 0).encode(), byte(0))
	f.Add(newBranch(secret{2}, levels-1).encode(), byte(levels-1))
	f.Fuzz(func(t *testing.T, data []byte, level byte) {
		if pg, err := parsePage(bytes.Clone(data), int(level)); err == nil && !bytes.Equal(pg.encode(), data) {
			t.Fatalf("%x parses as %x", data, pg.encode())
		}
	})
}

func FuzzRoot(f *testing.F) {
	r := RootKey{key: secret{1}, owner: [16]byte{2}}
	f.Add(string(r.text()))
	r.owner = [16]byte{}
	f.Add(string(r.text()))
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRoot(text)
		if err != nil {
			return
		}
		again, err := ParseRoot(string(r.text()))
		if err != nil || again != r {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

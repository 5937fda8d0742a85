package ledger

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Every parser of stored bytes: no panic, and what is accepted is written back to the same bytes.

func FuzzStoredValue(f *testing.F) {
	g := entriesOf(3, 5)
	var hs []tlog.Hash
	fr := frontier{size: 3, tops: []tlog.Hash{{1}, {2}}}
	for _, e := range g {
		hs = fr.append(hs, tlog.RecordHash(e.Leaf))
	}
	f.Add(appendLeaves(nil, 3, g), uint64(3), uint64(8))
	f.Add(appendSealed(nil, 3, g), uint64(3), uint64(8))
	f.Add(appendHashes(nil, 3, 8, hs), uint64(3), uint64(8))
	f.Add(appendHead(nil, 3, Head{Size: 8, Root: fr.root(), Checkpoint: []byte("note")}), uint64(3), uint64(8))
	f.Add([]byte{}, uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, v []byte, first, size uint64) {
		if size > first && size-first <= mostCommitEntries && size <= maxSize {
			for _, kind := range []byte{kindLeaves, kindSealed} {
				rs, err := parseRows(v, kind, first, size)
				if err != nil {
					continue
				}
				entries := make([]Entry, rs.count)
				for i := range entries {
					var b []byte
					if b, err = rs.at(i); err != nil {
						break
					}
					entries[i] = Entry{Leaf: b, Sealed: b}
				}
				if err != nil {
					continue
				}
				back := appendLeaves(nil, first, entries)
				if kind == kindSealed {
					back = appendSealed(nil, first, entries)
				}
				if !bytes.Equal(back, v) {
					t.Fatalf("rows of kind %d: %x is written back as %x", kind, v, back)
				}
			}
			if r, err := parseHashes(v, first, size); err == nil {
				hs := make([]tlog.Hash, r.count)
				for i := range hs {
					hs[i] = r.at(i)
				}
				if !bytes.Equal(appendHashes(nil, first, size, hs), v) {
					t.Fatalf("hashes %x are written back differently", v)
				}
			}
		}
		if first, h, err := parseHead(v); err == nil {
			if !bytes.Equal(appendHead(nil, first, h), v) {
				t.Fatalf("head %x is written back differently", v)
			}
		} else if !errors.Is(err, errValue) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add(commitKey(7, kindLeaves))
	f.Add(headKey(7, 9))
	f.Add(headKey(0, 0))
	f.Fuzz(func(t *testing.T, k []byte) {
		first, kind, size, err := parseKey(k)
		if err != nil {
			return
		}
		back := commitKey(first, kind)
		if kind == kindHead {
			back = headKey(first, size)
		}
		if !bytes.Equal(back, k) {
			t.Fatalf("%x is written back as %x", k, back)
		}
	})
}

func FuzzSeal(f *testing.F) {
	f.Add(formatSeal([]sealedFile{{"000001.vlog", 20, 0xabcdef}, {markInSeal, 1000, 1}}))
	f.Add([]byte(sealTitle))
	f.Fuzz(func(t *testing.T, b []byte) {
		files, err := parseSeal(b)
		if err != nil {
			return
		}
		again, err := parseSeal(formatSeal(files))
		if err != nil || !reflect.DeepEqual(files, again) {
			t.Fatalf("%q: %v, then %v, %v", b, files, again, err)
		}
	})
}

func FuzzMark(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1}, markStride+markSlotLen))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) { _, _, _ = readMarkFrom(bytes.NewReader(b)) })
}

func FuzzLogFile(f *testing.F) {
	f.Add(append(make([]byte, logHeader), 0, 0, 1, 1, 0, 'k', 'v', 1, 2, 3, 4))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		at := logHeader
		end, _ := scanLog(b, func(offset int, key, value []byte) {
			if offset != at || len(key) == 0 {
				t.Fatalf("record at %d, want %d", offset, at)
			}
			_, _, n := parseRecord(b[offset:])
			at += n
		})
		if len(b) >= logHeader && (end != at || end > len(b)) {
			t.Fatalf("end %d, records end at %d of %d", end, at, len(b))
		}
	})
}

func FuzzTilePath(f *testing.F) {
	f.Add("tile/0/x001/x234/067.p/8")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		if tile, err := ParseTilePath(path); err == nil && TilePath(tile) != path {
			t.Fatalf("%q is written back as %q", path, TilePath(tile))
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	s, err := note.NewSigner(testSKey)
	if err != nil {
		f.Fatal(err)
	}
	good, err := signCheckpoint(testOrigin, 3, tlog.Hash{1}, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("ledger.test/log\n3\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := note.NewVerifier(testVKey)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ParseCheckpoint(b, testOrigin, v)
		if err == nil && (h.Size != 3 || h.Root != tlog.Hash{1}) {
			t.Fatalf("a checkpoint that nobody signed: %q", b)
		}
	})
}

// Checkpoints that are signed and still wrong.
func TestCheckpointText(t *testing.T) {
	s, _ := note.NewSigner(testSKey)
	v, _ := note.NewVerifier(testVKey)
	root := "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for text, ok := range map[string]bool{
		testOrigin + "\n3\n" + root + "\n":                    true,
		testOrigin + "\n0\n" + root + "\n":                    true,
		testOrigin + "\n3\n" + root + "\nextension line\n":    true,
		"elsewhere\n3\n" + root + "\n":                        false,
		testOrigin + "\n03\n" + root + "\n":                   false,
		testOrigin + "\n-3\n" + root + "\n":                   false,
		testOrigin + "\n+3\n" + root + "\n":                   false,
		testOrigin + "\n99999999999999999999\n" + root + "\n": false,
		testOrigin + "\n3\n" + root[:40] + "\n":               false,
		testOrigin + "\n3\n":                                  false,
		testOrigin + "\n":                                     false,
	} {
		b, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseCheckpoint(b, testOrigin, v); (err == nil) != ok {
			t.Errorf("%q: %v, want ok %v", text, err, ok)
		} else if err != nil && !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%q: %v is no ErrCheckpoint", text, err)
		}
	}
}

package ingest

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lichtspur/lichtspur/graph/event"
)

// cutAll takes a stream apart to its end.
func cutAll(t *testing.T, r io.Reader) ([]unit, error) {
	t.Helper()
	u := newUnits(r)
	var out []unit
	for {
		next, err := u.next()
		if err != nil {
			if again, err := u.next(); err == nil {
				t.Fatalf("after the end comes %+v", again)
			}
			return out, err
		}
		out = append(out, next)
	}
}

// FuzzUnits takes any bytes for a stream of events. It comes apart in the same units however it arrives; units are numbered,
// not larger than an event may be, and hold the lines of the stream as they are; an end that is no end has a code.
func FuzzUnits(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "{}", "{}\n{}\n", "\xef\xbb\xbf{}\r\n\r\n {}", "[]", "[{},{}]", " [ {} , 1 ] \n", "[{}] x", "[{}", "[1 2]", "[[[[", "[{\"a\":1,\"a\":\"\xff\"}]",
		"x\n[1]\n", "\n\n[{}]", "[" + strings.Repeat("{},", 100) + "{}]", strings.Repeat("[", 20_000), "{\"a\":\"" + strings.Repeat("b", 70_000) + "\"}\n{}",
		strings.Repeat("a", event.MaxBytes+100) + "\n{}\n", "[\"" + strings.Repeat("a", 3*event.MaxBytes) + "\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, err := cutAll(t, bytes.NewReader(stream))
		var broken *errStream
		if !errors.Is(err, io.EOF) && (!errors.As(err, &broken) || broken.Code == "" || broken.Message == "") {
			t.Fatalf("ends with %v", err)
		}
		last := int64(0)
		for _, u := range whole {
			switch {
			case u.line <= last:
				t.Fatalf("unit %d follows unit %d", u.line, last)
			case u.err == nil && len(trim(u.bytes)) == 0:
				t.Fatalf("unit %d is empty", u.line)
			case len(u.bytes) > 2*event.MaxBytes+64<<10:
				t.Fatalf("unit %d has %d bytes", u.line, len(u.bytes))
			case u.err != nil && u.err.Code != event.ParseTooLarge:
				t.Fatalf("unit %d: %v", u.line, u.err)
			}
			last = u.line
			if e, err := event.Parse(u.bytes); u.err == nil && err == nil && e == nil {
				t.Fatal("neither an event nor an error")
			}
		}
		if len(stream) > 4<<10 { // one by one is slow
			return
		}
		slowly, err2 := cutAll(t, iotest.OneByteReader(bytes.NewReader(stream)))
		if !reflect.DeepEqual(whole, slowly) || errors.Is(err, io.EOF) != errors.Is(err2, io.EOF) {
			t.Fatalf("byte by byte: %v, %v\nat once:      %v, %v", slowly, err2, whole, err)
		}
		if broken != nil {
			var other *errStream
			if !errors.As(err2, &other) || other.Code != broken.Code {
				t.Fatalf("byte by byte it ends with %v, at once with %v", err2, err)
			}
		}
		// A stream that goes away is told from one that ends.
		gone, err3 := cutAll(t, io.MultiReader(bytes.NewReader(stream), iotest.ErrReader(io.ErrUnexpectedEOF)))
		if errors.Is(err3, io.EOF) || len(gone) > len(whole) {
			t.Fatalf("cut off it gives %d units and ends with %v, whole %d", len(gone), err3, len(whole))
		}
		text := bytes.TrimPrefix(stream, []byte("\xef\xbb\xbf"))
		if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && first[0] != '[' {
			n := 0
			for i, line := range bytes.Split(text, []byte("\n")) {
				if len(trim(line)) == 0 {
					continue
				}
				if n >= len(whole) || whole[n].line != int64(i+1) || !bytes.Equal(trim(bytes.TrimLeft(whole[n].bytes, " \t\r")), trim(bytes.TrimLeft(line, " \t\r"))) {
					t.Fatalf("line %d is %q, units are %+v", i+1, line, whole)
				}
				n++
			}
			if n != len(whole) {
				t.Fatalf("%d lines, %d units", n, len(whole))
			}
		}
	})
}

package vault

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// disclosed makes a disclosure as sealing does: 16 bytes of salt, a name and a value of some length.
func disclosed(t testing.TB, name, value string, subjects ...event.Subject) event.Disclosure {
	t.Helper()
	var salt [16]byte
	if _, err := rand.Read(salt[:]); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[%q,%q,%q]", base64.RawURLEncoding.EncodeToString(salt[:]), name, value)
	return event.Disclosure{Name: name, Encoded: base64.RawURLEncoding.EncodeToString([]byte(text)), Subjects: subjects}
}

func BenchmarkPseudonym(b *testing.B) {
	v, _, _ := made(b)
	digest := []byte("sha256:0000000000000000000000000000000000000000000000000000000000000000")
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		var n uint64
		for b.Loop() {
			n++
			binary.BigEndian.PutUint64(digest[8:], n)
			if _, err := v.Pseudonym(event.SubjectImage, "", string(digest)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Pseudonym(event.SubjectImage, "", "sha256:11111111111111111111111111111111111111111111111111111"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("warm-parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := v.Pseudonym(event.SubjectImage, "", "sha256:11111111111111111111111111111111111111111111111111111"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("cold-after-1000-redactions", func(b *testing.B) {
		v, _, _ := made(b)
		batch := make([]Subject, 1000)
		for i := range batch {
			batch[i] = Subject{Kind: event.SubjectImage, Identifier: fmt.Sprint("sha256:", i)}
		}
		if _, err := v.Puncture(batch...); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		var n uint64
		for b.Loop() {
			n++
			binary.BigEndian.PutUint64(digest[8:], n)
			if _, err := v.Pseudonym(event.SubjectImage, "", string(digest)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("entry", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v.Entry("bka", "2024-000000001")
		}
	})
}

// values of an ordinary event: an image, an actor's id and name, a case, and what is about the entry alone.
func ordinary(t testing.TB, v *Vault, n uint64) (event.Pseudonym, []event.Disclosure) {
	image := event.Subject{Kind: event.SubjectImage, Pseudonym: pseudonym(t, v, event.SubjectImage, "", "sha256:1")}
	actor := event.Subject{Kind: event.SubjectPerson, Pseudonym: pseudonym(t, v, event.SubjectPerson, "bka", "kk-17")}
	kase := event.Subject{Kind: event.SubjectCase, Pseudonym: pseudonym(t, v, event.SubjectCase, "bka", "2 BJs 1/24")}
	id := fmt.Sprint(n)
	entry := v.Entry("bka", id)
	self := event.Subject{Kind: event.SubjectEntry, Pseudonym: entry}
	return entry, []event.Disclosure{
		disclosed(t, "/id", id, self),
		disclosed(t, "/images/0/digest", "sha256:0000000000000000000000000000000000000000000000000000000000000000", image),
		disclosed(t, "/actor/id", "kk-17", actor),
		disclosed(t, "/actor/name", "A. Muster", actor),
		disclosed(t, "/case/reference", "2 BJs 1/24", kase),
		disclosed(t, "/justification", "identification of an unknown suspect", self),
	}
}

func BenchmarkEncrypt(b *testing.B) {
	v, _, _ := made(b)
	entry, ds := ordinary(b, v, 1)
	b.ReportAllocs()
	var n uint64
	for b.Loop() { // a new entry each time, as in the log; the other subjects are warm
		n++
		binary.BigEndian.PutUint64(entry[:], n)
		for _, i := range []int{0, 5} {
			ds[i].Subjects[0].Pseudonym = entry
		}
		if _, err := v.Encrypt("log", entry, ds); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ds)), "ns/value")
}

func BenchmarkDecrypt(b *testing.B) {
	v, _, _ := made(b)
	entry, ds := ordinary(b, v, 1)
	blob, err := v.Encrypt("log", entry, ds)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := v.Decrypt("log", entry, blob); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ds)), "ns/value")
	b.ReportMetric(float64(len(blob)), "blob-bytes")
}

func BenchmarkMeetAll(b *testing.B) {
	v, _, _ := made(b)
	sights := make([]Sight, 1000)
	var n uint64
	fill := func() {
		for i := range sights {
			n++
			sights[i] = Sight{Kind: event.SubjectImage, Identifier: fmt.Sprintf("sha256:%064x", n)}
			binary.BigEndian.PutUint64(sights[i].Pseudonym[:], n)
		}
	}
	meet := func(b *testing.B) {
		if met, err := v.MeetAll("bka", sights); err != nil || len(met) != len(sights) {
			b.Fatal(len(met), err)
		}
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			fill()
			b.StartTimer()
			meet(b)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(sights)), "ns/sight")
	})
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			meet(b)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(sights)), "ns/sight")
	})
}

func BenchmarkPuncture(b *testing.B) {
	v, _, _ := made(b)
	n := 0
	for b.Loop() {
		n++
		if _, err := v.Puncture(Subject{Kind: event.SubjectImage, Identifier: fmt.Sprint("sha256:", n)}); err != nil {
			b.Fatal(err)
		}
	}
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/lichtspur/lichtspur/graph/event"
)

// Writers, readers and a redactor at once: whatever the order, a value opens until its subject is redacted and never
// after, and the survivors keep their pseudonyms.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	v, _, _ := made(t)
	const images = 64
	var before [images]event.Pseudonym
	for i := range before {
		before[i] = pseudonym(t, v, event.SubjectImage, "", numbered(i).Identifier)
	}
	var wg sync.WaitGroup
	run := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				t.Error(err)
			}
		})
	}
	for worker := range 4 {
		run(func() error {
			for n := range 150 {
				i := (n*7 + worker) % images
				p, err := v.Pseudonym(event.SubjectImage, "", numbered(i).Identifier)
				if err != nil {
					return err
				}
				if i%2 == 1 && p != before[i] {
					return fmt.Errorf("picture %d has another pseudonym", i)
				}
				entry := v.Entry("bka", fmt.Sprint(worker, n))
				d := disclosed(t, "/images/0/digest", numbered(i).Identifier, event.Subject{Kind: event.SubjectImage, Pseudonym: p})
				blob, err := v.Encrypt("log", entry, []event.Disclosure{d})
				if errors.Is(err, ErrPseudonymRedacted) && i%2 == 0 {
					continue
				}
				if err != nil {
					return err
				}
				open, closed, err := v.Decrypt("log", entry, blob)
				if err != nil || len(open)+len(closed) != 1 || len(closed) == 1 && i%2 == 1 {
					return fmt.Errorf("picture %d: %q %v %w", i, open, closed, err)
				}
			}
			return nil
		})
	}
	run(func() error {
		for n := range 40 {
			i := n * 5 % images
			_, err := v.Meet("interpol", event.SubjectImage, "", event.Pseudonym{1, byte(i), byte(n)}, numbered(i).Identifier)
			if err != nil {
				return err
			}
			if _, err := v.Lookup(event.SubjectImage, "", numbered(i).Identifier); err != nil {
				return err
			}
		}
		return nil
	})
	run(func() error {
		for i := 0; i < images; i += 2 {
			if _, err := v.Puncture(numbered(i)); err != nil {
				return err
			}
		}
		return nil
	})
	wg.Wait()
	for i, p := range before {
		gone, err := v.Redacted("log", p)
		if err != nil || gone != (i%2 == 0) {
			t.Errorf("picture %d: %v %v", i, gone, err)
		}
	}
}

func TestBoxesAreApart(t *testing.T) {
	v, dir, key := made(t)
	box, err := v.Box("quarantine")
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal(nil, nil, []byte("held back"), []byte("item 1"))
	if _, err := v.Puncture(numbered(1)); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = opened(t, dir, key)
	if box, err = v.Box("quarantine"); err != nil {
		t.Fatal(err)
	}
	if plain, err := box.Open(nil, nil, sealed, []byte("item 1")); err != nil || !bytes.Equal(plain, []byte("held back")) {
		t.Errorf("%q %v", plain, err)
	}
	if _, err := box.Open(nil, nil, sealed, []byte("item 2")); err == nil {
		t.Error("opens as another item")
	}
	other, err := v.Box("cursor")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(nil, nil, sealed, []byte("item 1")); err == nil {
		t.Error("opens in another box")
	}
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
)

// The ways to leave a file after it was handed in. Its events are in the log, sealed; the file itself is not.
const (
	keepWhole     = "whole"     // as it came
	keepEncrypted = "encrypted" // for the recipients alone (age-encryption.org/v1), with .age after its name
	keepEmpty     = "empty"     // its name, and nothing in it
	keepNone      = "none"      // no file
)

// keeping is what stays of files, by what became of them.
type keeping struct {
	done, failed string
	recipients   []age.Recipient // of what is encrypted
}

// newKeeping checks what flags and settings say. What failed is kept as what is done where that is encrypted or whole. Where
// nothing stays of what is done, somebody has to say what is worse: to keep what failed in clear, or to lose what could not be
// recorded.
func newKeeping(done, failed string, recipients []string) (k keeping, err error) {
	if failed == "" && (done == keepEmpty || done == keepNone) {
		return k, fmt.Errorf("with --keep %s say what stays of files that failed: --keep-failed whole (in clear), encrypted (for --recipient), or empty (what could not be read is lost)", done)
	}
	failed = cmp.Or(failed, done)
	k.done, k.failed = done, failed
	if !slices.Contains([]string{keepWhole, keepEncrypted, keepEmpty, keepNone}, done) {
		return k, fmt.Errorf("--keep is %q; it is whole, encrypted, empty or none", done)
	}
	if !slices.Contains([]string{keepWhole, keepEncrypted, keepEmpty}, failed) {
		return k, fmt.Errorf("--keep-failed is %q; it is whole, encrypted or empty", failed)
	}
	if done != keepEncrypted && failed != keepEncrypted {
		return k, nil
	}
	if len(recipients) == 0 {
		return k, errors.New("encrypted for whom? name a recipient (age1…) with --recipient, or in the settings file")
	}
	k.recipients, err = parseRecipients(recipients)
	return k, err
}

// parseRecipients reads public keys of age.
func parseRecipients(list []string) ([]age.Recipient, error) {
	var out []age.Recipient
	for _, s := range list {
		r, err := age.ParseRecipients(strings.NewReader(strings.TrimSpace(s)))
		if err != nil {
			if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(s)), "AGE-SECRET-KEY-") {
				return nil, errors.New("that is a secret key of age; a recipient is the public one (age1…)")
			}
			return nil, fmt.Errorf("%.80q is no public key of age (age1…)", s)
		}
		out = append(out, r...)
	}
	return out, nil
}

// put leaves of a file what is kept of it and moves that into a directory. A crash leaves the file where it was, or what
// is kept of it where it belongs, or both.
func (k *keeping) put(from, dir, name, how string) error {
	switch how {
	case keepNone:
		return os.Remove(from)
	case keepEmpty:
		if err := os.Truncate(from, 0); err != nil {
			return err
		}
	case keepEncrypted:
		return k.encrypt(from, dir, name+".age")
	}
	to, err := free(dir, name)
	if err != nil {
		return err
	}
	return os.Rename(from, to)
}

// encrypt writes a file for the recipients alone and removes it. The file beside is synced before: nothing is removed
// that is not on disk. What the file system still holds of the removed file is for the file system to forget.
func (k *keeping) encrypt(from, dir, name string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // fails after the rename, as it should
	defer out.Close()
	w, err := age.Encrypt(out, k.recipients...)
	if err != nil {
		return fmt.Errorf("encrypt %s: %w", name, err)
	}
	if _, err = io.Copy(w, in); err == nil {
		err = w.Close()
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("encrypt %s: %w", name, err)
	}
	to, err := free(dir, name)
	if err != nil {
		return err
	}
	if err := os.Rename(out.Name(), to); err != nil {
		return err
	}
	if err := syncDirectory(dir); err != nil {
		return err
	}
	return os.Remove(from)
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// free is the path of a file in a directory, under another name where it has one of that name already.
func free(dir, name string) (string, error) {
	to := filepath.Join(dir, name)
	for n := 2; ; n++ {
		_, err := os.Lstat(to)
		if errors.Is(err, fs.ErrNotExist) {
			return to, nil
		}
		if err != nil {
			return "", err
		}
		stem, crypt := strings.CutSuffix(name, ".age")
		end := filepath.Ext(stem)
		stem = strings.TrimSuffix(stem, end)
		if crypt {
			end += ".age"
		}
		to = filepath.Join(dir, fmt.Sprintf("%s.%d%s", stem, n, end))
	}
}

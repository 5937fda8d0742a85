package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootKeyFileMustBePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := LoadRoot(path); !errors.Is(err, ErrNoRoot) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	root, err := NewRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("new root key: %v %v", info.Mode(), err)
	}
	if _, err := NewRoot(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a root key is overwritten: %v", err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660, 0o666, 0o700, 0o610, 0o400, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := LoadRoot(path)
		if !errors.Is(err, ErrRootMode) || !strings.Contains(err.Error(), "chmod 600 "+path) || !strings.Contains(err.Error(), fmt.Sprintf("%04o", mode)) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := LoadRoot(path)
	if err != nil || again.key != root.key {
		t.Errorf("loaded again: %v", err)
	}
	if _, err := LoadRoot(t.TempDir()); !errors.Is(err, ErrRootMode) {
		t.Errorf("a directory: %v", err)
	}
}

func TestRootKeyIsNotPrinted(t *testing.T) {
	root, err := NewRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		s := fmt.Sprintf(verb, root)
		if strings.Contains(s, base64.StdEncoding.EncodeToString(root.key[:])) || strings.Contains(s, fmt.Sprint(root.key[0], " ", root.key[1])) || s != "root key (hidden)" {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

func TestRootKeyText(t *testing.T) {
	key := secret{1, 2, 3}
	encoded := base64.StdEncoding.EncodeToString(key[:])
	owner := "vault 000102030405060708090a0b0c0d0e0f"
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"file", rootMagic + " " + encoded + "\n", true},
		{"file of a vault", rootMagic + " " + encoded + "\n" + owner + "\n", true},
		{"base64 alone", encoded, true},
		{"base64 and line end", encoded + "\r\n", true},
		{"empty", "", false},
		{"short", base64.StdEncoding.EncodeToString(key[:31]), false},
		{"long", base64.StdEncoding.EncodeToString(append(key[:], 1)), false},
		{"very long", strings.Repeat("A", 400), false},
		{"not base64", strings.Repeat("!", 44), false},
		{"base64 with stray bits", encoded[:42] + "B=", false},
		{"zeros", base64.StdEncoding.EncodeToString(make([]byte, 32)), false},
		{"wrong second line", encoded + "\nvolt 00", false},
		{"short vault", encoded + "\nvault 00", false},
		{"upper-case vault", encoded + "\n" + strings.ToUpper(owner), false},
		{"third line", encoded + "\n" + owner + "\nmore", false},
	}
	for _, test := range tests {
		r, err := ParseRoot(test.text)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && r.key != key {
			t.Errorf("%s: another key", test.name)
		}
		if err != nil && len(test.text) > 20 && strings.Contains(err.Error(), test.text[:20]) {
			t.Errorf("%s: the error repeats the key: %v", test.name, err)
		}
	}
}

func TestRootKeyFromEnvironment(t *testing.T) {
	if _, err := RootFromEnv("LICHTSPUR_TEST_ROOT"); !errors.Is(err, ErrNoRoot) {
		t.Errorf("unset: %v", err)
	}
	t.Setenv("LICHTSPUR_TEST_ROOT", "nonsense")
	if _, err := RootFromEnv("LICHTSPUR_TEST_ROOT"); err == nil || errors.Is(err, ErrNoRoot) || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("nonsense: %v", err)
	}
	var key secret
	if _, err := rand.Read(key[:]); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LICHTSPUR_TEST_ROOT", base64.StdEncoding.EncodeToString(key[:]))
	root, err := RootFromEnv("LICHTSPUR_TEST_ROOT")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "vault")
	if err := Create(dir, root, "bka"); err != nil {
		t.Fatal(err)
	}
	v, err := Open(dir, root)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if v.ID() != "bka" {
		t.Errorf("id %q", v.ID())
	}
}

func TestWrongRootKeyIsTold(t *testing.T) {
	v, dir, _ := made(t)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := NewRoot(filepath.Join(t.TempDir(), "other.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, other); !errors.Is(err, ErrRootKey) || !strings.Contains(err.Error(), filepath.Join(dir, stateFile)) {
		t.Errorf("wrong key: %v", err)
	}
	if _, err := Open(dir, RootKey{}); !errors.Is(err, ErrNoRoot) {
		t.Errorf("no key: %v", err)
	}
	if _, err := Open(t.TempDir(), other); !errors.Is(err, ErrNotVault) {
		t.Errorf("empty directory: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	_, dir, key := made(t)
	bound, err := LoadRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	free, err := NewRoot(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir string
		root      RootKey
		id        string
		want      error
	}{
		{"a second vault in the directory", dir, free, "log", ErrExists},
		{"a second vault with the key", t.TempDir(), bound, "log", ErrRootBound},
		{"no key", t.TempDir(), RootKey{}, "log", ErrNoRoot},
		{"no id", t.TempDir(), free, "", nil},
		{"an id that is not a slug", t.TempDir(), free, "B K A", nil},
		{"a long id", t.TempDir(), free, strings.Repeat("a", 65), nil},
	}
	for _, test := range tests {
		if err := Create(test.dir, test.root, test.id); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	_, dir, key := made(t)
	root, err := LoadRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Open(dir, root); !errors.Is(err, ErrLocked) {
		t.Errorf("%v %v", v, err)
	}
}

func TestDamagedStateIsTold(t *testing.T) {
	v, dir, key := made(t)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, stateFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root, err := LoadRoot(key)
	if err != nil {
		t.Fatal(err)
	}
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 0x10
		_, err := openState(bad, &root)
		want := ErrDamaged
		switch {
		case at < len(stateMagic):
			want = ErrNotVault
		case at < len(stateMagic)+48:
			want = ErrRootKey
		}
		if !errors.Is(err, want) {
			t.Fatalf("byte %d flipped: %v, want %v", at, err, want)
		}
		if _, err := openState(good[:at], &root); err == nil {
			t.Fatalf("cut to %d bytes, it opens", at)
		}
	}
	if err := os.WriteFile(path, good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, root); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("cut short: %v", err)
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	opened(t, dir, key)
}

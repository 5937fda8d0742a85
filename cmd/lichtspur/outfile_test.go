package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOutputIntoWhatIsNoFile: -o /dev/null replaces no device. A pipe stands for it here.
func TestOutputIntoWhatIsNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		b, err := os.ReadFile(path)
		if err != nil {
			b = []byte(err.Error())
		}
		got <- string(b)
	}()
	err := (&app{}).write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "a document")
		return err
	})
	if text := <-got; err != nil || text != "a document" {
		t.Errorf("%q %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
		t.Errorf("the pipe was replaced: %v %v", info, err)
	}
}

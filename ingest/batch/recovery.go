package batch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// load reads the state and puts in order what a crash left.
func (o *Outbox) load(source string, begin time.Time) error {
	data, err := os.ReadFile(filepath.Join(o.dir, stateFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		waiting, err := o.Pending()
		if err != nil {
			return err
		}
		if len(waiting) > 0 {
			return fmt.Errorf("%w: %s holds batches and no %s", ErrOutboxDamaged, o.dir, stateFile)
		}
		if begin.IsZero() {
			return fmt.Errorf("outbox %s: %w", o.dir, fs.ErrNotExist)
		}
		o.state = state{Source: source, Until: begin.UTC()}
		if err := o.put(o.state); err != nil {
			return err
		}
	case err != nil:
		return fmt.Errorf("outbox: %w", err)
	default:
		if err := json.Unmarshal(data, &o.state, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrOutboxDamaged, stateFile, err)
		}
		if s := o.state; s.Source != source {
			return fmt.Errorf("the outbox %s is of source %q, not %q", o.dir, s.Source, source)
		} else if s.Sequence < 0 || (s.Sequence == 0) != (s.Statement == "") || s.Until.IsZero() {
			return fmt.Errorf("%w: %s contradicts itself", ErrOutboxDamaged, stateFile)
		}
	}
	if err := o.finish(); err != nil {
		return err
	}
	return o.check()
}

// finish completes what a crash interrupted: see [Outbox].
func (o *Outbox) finish() error {
	files, err := os.ReadDir(o.dir)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(o.dir, f.Name())
		n, suffix := parseName(f.Name())
		switch {
		case f.Name() == stateFile+".tmp":
			err = os.Remove(path)
		case n == 0 || suffix != ".tmp":
			continue
		case n == o.state.Sequence && digestOf(path) == o.state.Statement:
			err = o.rename(path, o.path(n))
		default:
			err = os.Remove(path)
		}
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	// Batches beyond the last number used: a withdrawal was interrupted.
	waiting, err := o.Pending()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(waiting, func(p Pending) bool { return p.Sequence > o.state.Sequence })
	if i >= 0 {
		_, err = o.setAside(waiting[i:])
	}
	return err
}

// check makes sure that the batches that wait lead up to the state without gaps.
func (o *Outbox) check() error {
	waiting, err := o.Pending()
	if err != nil {
		return err
	}
	next, statement := o.state.Sequence, o.state.Statement
	for i := len(waiting) - 1; i >= 0; i-- {
		st, digest, err := readStatement(waiting[i].Path)
		if err != nil {
			return err
		}
		if st.Sequence != next || waiting[i].Sequence != next || digest != statement || st.Source != o.state.Source {
			return fmt.Errorf("%w: %s does not hold the batch that belongs there", ErrOutboxDamaged, waiting[i].Path)
		}
		next, statement = st.Sequence-1, st.Previous
	}
	return nil
}

func (o *Outbox) setAside(list []Pending) ([]string, error) {
	var out []string
	for _, p := range slices.Backward(list) {
		// The number will be used again, so the name takes something of the content.
		_, digest, err := readStatement(p.Path)
		if err != nil {
			return out, err
		}
		to := fmt.Sprintf("%s.%s.withdrawn", p.Path, digest[len("sha256:"):][:8])
		if err := os.Rename(p.Path, to); err != nil {
			return out, fmt.Errorf("outbox: %w", err)
		}
		out = append(out, to)
	}
	slices.Reverse(out)
	return out, syncDir(o.dir)
}

// put replaces the state file.
func (o *Outbox) put(s state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	path := filepath.Join(o.dir, stateFile)
	if err := writeFile(path+".tmp", func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err }); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := o.rename(path+".tmp", path); err != nil {
		return err
	}
	o.state = s
	return nil
}

func (o *Outbox) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return syncDir(o.dir)
}

func (o *Outbox) path(sequence int64) string {
	return filepath.Join(o.dir, fmt.Sprintf("%012d.ndjson", sequence))
}

var nameForm = regexp.MustCompile(`^([0-9]{12,16})\.ndjson(\.tmp|\.[0-9a-f]{8}\.withdrawn)?$`)

// parseName reads the name of a batch's file; n is 0 for other files.
func parseName(name string) (n int64, suffix string) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return 0, ""
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, ""
	}
	return n, m[2]
}

// readStatement reads the statement of a batch in the outbox. Signatures are not checked: the directory is the source's.
func readStatement(path string) (*Statement, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("outbox: %w", err)
	}
	defer f.Close()
	text, err := NewReader(f, Limits{}).Envelope()
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", ErrOutboxDamaged, path, err)
	}
	_, payload, err := ParseEnvelope(text)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", ErrOutboxDamaged, path, err)
	}
	st, err := ParseStatement(payload)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", ErrOutboxDamaged, path, err)
	}
	return st, Digest(payload), nil
}

func digestOf(path string) string {
	_, digest, err := readStatement(path)
	if err != nil {
		return ""
	}
	return digest
}

// writeFile writes a file of mode 0600 and makes it durable.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

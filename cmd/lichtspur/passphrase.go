package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/lichtspur/lichtspur/ingest/keys"
)

// passphraseEnv may hold the passphrase of a source's private key.
const passphraseEnv = envPrefix + "PASSPHRASE"

// passphrase returns how to get at a passphrase: from a file (its first line), from the environment, or typed on the
// terminal without being shown, twice where a new key is to be encrypted.
func (a *app) passphrase(file string) keys.Passphrase {
	return func(confirm bool) ([]byte, error) {
		if file != "" {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("passphrase: %w", err)
			}
			line, _, _ := bytes.Cut(text, []byte("\n"))
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if v, ok := a.lookup(passphraseEnv); ok {
			return []byte(v), nil
		}
		tty, ok := a.in.(*os.File)
		if !a.inTTY || !ok {
			return nil, fmt.Errorf("%w: set %s, or name a file with --passphrase-file", keys.ErrNoPassphrase, passphraseEnv)
		}
		ask := func(question string) ([]byte, error) {
			fmt.Fprint(a.err, question)
			defer fmt.Fprintln(a.err)
			return term.ReadPassword(int(tty.Fd()))
		}
		first, err := ask("Passphrase of the key: ")
		if err != nil || !confirm {
			return first, err
		}
		again, err := ask("The same again: ")
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(first, again) {
			return nil, errors.New("the two passphrases are not the same")
		}
		return first, nil
	}
}

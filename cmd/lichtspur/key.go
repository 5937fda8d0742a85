package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lichtspur/lichtspur/ingest/keys"
)

func (a *app) keyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Make and look at the keys that sources sign with",
		Long: `A source signs its batches with a key of its own. The private key stays at the source, encrypted under a passphrase, or
in a key management service that sigstore reaches (scheme://…). The log knows the public key by a declaration
("lichtspur source key"). A key is named by its id: sha256: and the hash of its SubjectPublicKeyInfo.

The passphrase is typed on the terminal, or read from LICHTSPUR_PASSPHRASE or a file.`,
	}
	c.AddCommand(a.keyGenerateCommand(), a.keyShowCommand(), a.keyIDCommand())
	return c
}

func (a *app) keyGenerateCommand() *cobra.Command {
	var algorithm, passphraseFile string
	var all []string
	for _, k := range keys.Algorithms() {
		all = append(all, string(k))
	}
	c := &cobra.Command{
		Use:   "generate FILE",
		Short: "Make a signing key: FILE, encrypted, and beside it the public key",
		Long: `Makes a key pair. FILE gets the private key, encrypted under a passphrase and with mode 0600, as cosign writes it. The
public key goes beside it: bka.pub for bka.key. Neither file is replaced if it is there already.`,
		Example: `  lichtspur key generate bka.key
  LICHTSPUR_PASSPHRASE=… lichtspur key generate bka.key --algorithm ed25519 -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(all, algorithm) {
				return usage(fmt.Errorf("%q is no algorithm; there are %s", algorithm, strings.Join(all, ", ")))
			}
			private, public := args[0], publicName(args[0])
			if _, err := os.Lstat(public); err == nil {
				return fmt.Errorf("%s is there already, and keys are never replaced", public)
			}
			key, err := keys.Generate(keys.Algorithm(algorithm))
			if err != nil {
				return err
			}
			id, err := keys.ID(key.Public())
			if err != nil {
				return err
			}
			pem, err := keys.PublicPEM(key.Public())
			if err != nil {
				return err
			}
			if err := keys.Save(private, key, a.passphrase(passphraseFile)); err != nil {
				return err
			}
			if err := os.WriteFile(public, pem, 0o644); err != nil {
				return err
			}
			return a.show("id", id, "algorithm", algorithm, "private", private, "public", public)
		},
	}
	c.Flags().StringVar(&algorithm, "algorithm", all[0], "`kind` of key: "+strings.Join(all, ", "))
	c.Flags().StringVar(&passphraseFile, "passphrase-file", "", "`file` whose first line is the passphrase")
	return c
}

// publicName is where the public part of a key file goes.
func publicName(private string) string {
	return strings.TrimSuffix(private, ".key") + ".pub"
}

func (a *app) keyShowCommand() *cobra.Command {
	var from keySource
	c := &cobra.Command{
		Use:   "show KEY",
		Short: "Print id, kind and public part of a key",
		Long: `KEY is a file with a public key, a certificate or a private key, or a reference to a key management service. The
passphrase of a private key is needed. The private part is never printed.`,
		Example: `  lichtspur key show bka.pub
  lichtspur key show bka.key --passphrase-file passphrase -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := from.load(c, a, args[0])
			if err != nil {
				return err
			}
			pem, err := keys.PublicPEM(k.public)
			if err != nil {
				return err
			}
			if a.set.Output == "text" {
				if err := a.show("id", k.id, "algorithm", describe(k.public), "certificate", k.certificate); err != nil {
					return err
				}
				_, err = a.out.Write(pem)
				return err
			}
			return a.show("id", k.id, "algorithm", describe(k.public), "certificate", k.certificate, "pem", string(pem))
		},
	}
	from.flags(c)
	return c
}

func (a *app) keyIDCommand() *cobra.Command {
	var from keySource
	c := &cobra.Command{
		Use:     "id KEY",
		Short:   "Print the id of a key",
		Long:    `KEY is as for "key show". The id is what openssl pkey -pubin -outform DER | sha256sum prints, after sha256:.`,
		Example: `  lichtspur key id bka.pub`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := from.load(c, a, args[0])
			if err != nil {
				return err
			}
			if a.set.Output == "text" {
				_, err := fmt.Fprintln(a.out, k.id)
				return err
			}
			return a.show("id", k.id)
		},
	}
	from.flags(c)
	return c
}

// keySource is where a key comes from besides its name.
type keySource struct {
	passphraseFile string
	unencrypted    bool
}

func (s *keySource) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.passphraseFile, "passphrase-file", "", "`file` whose first line is the passphrase")
	c.Flags().BoolVar(&s.unencrypted, "unencrypted-key", false, "take a private key that lies open on disk")
}

// signer opens the private key that ref names. certificates is a PEM file, or "".
func (s *keySource) signer(c *cobra.Command, a *app, ref, certificates string) (*keys.Signer, error) {
	w := keys.Where{Ref: ref, Passphrase: a.passphrase(s.passphraseFile), Unencrypted: s.unencrypted}
	if certificates != "" {
		pem, err := os.ReadFile(certificates)
		if err != nil {
			return nil, err
		}
		w.Certificates = pem
	}
	return keys.Open(c.Context(), w)
}

// publicKey is the public part of a key and what is known of it.
type publicKey struct {
	id          string
	public      crypto.PublicKey
	certificate string // subject, where there is one
}

func (s *keySource) load(c *cobra.Command, a *app, ref string) (publicKey, error) {
	if !keys.IsReference(ref) {
		r, _, err := a.open(ref)
		if err != nil {
			return publicKey{}, err
		}
		defer r.Close()
		text, err := io.ReadAll(io.LimitReader(r, 1<<20))
		if err != nil {
			return publicKey{}, err
		}
		if !bytes.Contains(text, []byte("PRIVATE KEY-----")) {
			p, err := keys.ParsePublic(text)
			if err != nil {
				return publicKey{}, fmt.Errorf("%s: %w", ref, err)
			}
			k := publicKey{id: p.ID, public: p.Key}
			if p.Certificate != nil {
				k.certificate = p.Certificate.Subject.String()
			}
			return k, nil
		}
	}
	signer, err := s.signer(c, a, ref, "")
	if err != nil {
		return publicKey{}, err
	}
	return publicKey{id: signer.ID(), public: signer.Public()}, nil
}

func describe(k crypto.PublicKey) string {
	switch k := k.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	}
	return fmt.Sprintf("%T", k)
}

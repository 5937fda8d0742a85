// Package keys holds what a source signs with and what the log verifies with.
//
// # Kinds of key
//
// ECDSA on P-256, P-384 and P-521 (with SHA-256, SHA-384 and SHA-512), Ed25519 (pure), and RSA of 2048 to
// 4096 bits (PKCS #1 v1.5 with SHA-256), signed and verified through github.com/sigstore/sigstore/pkg/signature.
// [Generate] makes P-256, Ed25519 and RSA-3072 keys.
//
// # Names
//
// A key is named by [ID]: "sha256:" and the 64 lower-case hex digits of SHA-256 over the DER of its
// SubjectPublicKeyInfo. The name is the same whether the key is declared bare or in a certificate, and anybody can
// compute it:
//
//	openssl pkey -pubin -in key.pub -outform DER | sha256sum
//
// # Private keys
//
// On disk a private key is one PEM block of type ENCRYPTED SIGSTORE PRIVATE KEY: PKCS #8 in NaCl secretbox under a
// key that scrypt derives from the passphrase, as cosign writes it. The file has mode 0600; [Load] refuses a file
// that others may read. A key that is not encrypted, or only under an empty passphrase, is refused unless the caller
// says otherwise.
//
// A private key that must not leave its device is named by a reference instead of a path, "scheme://…", and is
// reached through sigstore's registry of key management services ([Open]). Providers are compiled in by importing
// them; any other scheme is looked for as a plug-in program sigstore-kms-SCHEME in PATH.
//
// # Trust
//
// A key is trusted because the log holds a declaration of it, or because the log holds a declaration of an agency's
// CA and the signature comes with a certificate that chains to it. Validity is always judged at the recorded time,
// which is the log's, never at the time of reading ([Finder], [Chain]). A CA is declared for a source: every
// certificate under it may sign for that source, so an agency with several sources declares an intermediate CA for
// each.
package keys

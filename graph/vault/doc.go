// Package vault keeps the keys of personal values, and destroys them.
//
// A leaf of the log names nobody: pictures, persons, cases and records stand in it as pseudonyms, and what identifies
// them stands beside it as ciphertext. The vault gives the pseudonyms, encrypts and decrypts the values, and knows
// which pseudonyms of other sealers denote the same picture. A [Vault] is a sealer (event.Sealer): the node has one
// with the id "log", a source that seals its own batches has one with its own id.
//
// # Keys
//
// Nothing is stored for a subject. All keys come from one puncturable pseudo-random function, the tree of Goldreich,
// Goldwasser and Micali with sixteen children a node and 24 levels, one compression of SHA-256 a step. Two families of
// points lead into it, both through HMAC-SHA-256 under a secret look-up key, so that nobody else can tell which
// point is whose, and cut to 96 bits:
//
//	(kind, source, identifier, generation) → key → pseudonym = HMAC(key, "pseudonym")[:16]
//	                                             → name and key of the row in the look-up store
//	(sealer, pseudonym)                    → key → keys of sealed values
//	                                             → name and key of the row in the look-up store
//
// The second family is there so that a value can be opened by whoever has only the leaf. Pictures have no source:
// the same digest is the same picture. 96 bits suffice: among a billion subjects the odds that a given one shares its
// point, and with it pseudonym and redaction, with another are one in 10¹⁹.
//
// A value is encrypted with AES-256-GCM under a key from the keys of all its subjects, a salt new in each blob and
// the entry's id; sealer, entry and the names of the values are authenticated with it. So a value moved to
// another entry or renamed does not open, and the redaction of any subject closes it. Values about the same
// subjects share one ciphertext. The format of a blob is described at parseBlob.
//
// # Redaction
//
// To redact a subject is to puncture its points ([Vault.Puncture]): the identifier's and that of every pseudonym
// met for it. The keys on the way to a punctured point are forgotten, and those of its siblings kept, from which every
// other point can be reached and this one cannot. What is kept is a trie of small pages, each a file under a key of its own
// that stands in the page above; the key of the topmost stands in the state file. A redaction
//
//  1. writes the pages on its path anew, under new keys, some 11 kB for one point,
//  2. writes a new root key beside the old one, if the root key is in a file,
//  3. replaces the state file (a few hundred bytes) atomically, encrypted under the new root key: this is the redaction,
//  4. replaces the root key's file, and overwrites the blocks of both old files,
//  5. removes the old pages and the subject's rows in the look-up store, which nothing opens any more.
//
// Killed before 3, it did not happen, and [Open] removes what it left; killed after, it did, and Open finishes it.
// Whatever the store has not compacted, the file system not reclaimed, or a copy of the ledger or of the vault's
// directory still holds, is ciphertext under keys that the present state and root key do not give.
//
// The point of a punctured identifier is skipped: a later sighting of the same picture takes the next generation and
// with it a new pseudonym that has nothing to do with the old one. The tree itself is the counter. The old pseudonym is
// refused when it is used again, with [CodePseudonymRedacted]. It can no longer be computed from the digest, nor found by it.
//
// # The root key
//
// Everything at rest hangs on the root key ([RootKey]): the state file is encrypted under it, pages and the look-up
// store under keys in the state, boxes for other files too ([Vault.Box]).
//
// In a file (mode 0600, anything else is refused) it belongs to one vault and is replaced at each redaction. So an
// older backup of the data directory does not open with the root key of today. The price: a backup of the root
// key is good only until the next redaction and has to be renewed after it; without a root key that fits the
// state, no personal value can be read again. Keep the two backups apart, and destroy the older root key.
//
// From the environment the vault cannot replace it. Then the state of yesterday, from a backup or from blocks that the
// overwriting did not reach, still opens with the root key of today, and gives the redacted values back. So with the
// key in the environment a redaction is complete only when the copies of the state file are gone, or when the
// operator has moved the vault to a new root key ([Vault.Rekey]) and destroyed the old one.
//
// # What remains
//
//   - The trail. The leaves of a redacted subject stay, with exact times, organisations and systems, under a pseudonym
//     that means nothing any more. Whoever knows from elsewhere who did what when may recognise it.
//   - That it was redacted. Whoever has the vault and the picture can see that its point is punctured, hence that it was
//     once recorded (not under which pseudonym). If only one picture was ever redacted, that is an answer.
//   - A redaction that is given a pseudonym of this vault's own and not the identifier closes the values and retires the pseudonym,
//     but whoever has the vault and the digest can still compute it. Give the identifier: the values hold it.
//   - Entry ids. They are HMACs under a key that no redaction changes, so that an event handed in again is recognised;
//     whoever has the vault can test a guess of a source's event id. Ids should not be made of names.
//   - Backups of state and root key together, as said above. A vault restored from one has forgotten the redactions
//     since; the log has not. [Vault.Redacted] tells, and puncturing again what the log's REDACT entries denote mends it,
//     which package graph does whenever it opens a data directory.
//   - Media. Copy-on-write and journaling file systems and flash keep old blocks out of reach of overwriting. The old
//     root key, 32 bytes, is what must not be found there: encrypt the disk that holds it, or keep it on one that can be destroyed.
//   - Memory. Keys are overwritten in the caches; copies that the runtime made, a core dump or swap may hold some.
//   - Values that left. What a reader was shown, and what the source itself still has, no vault closes. A source's own
//     vault keeps its own keys, and the source has to redact there too.
//   - Evidence beside the values is not encrypted, see [Vault.EncryptWith].
//
// # Files
//
//	state     secrets and the root of the tree, see type state
//	pages/    pages of the tree, pages/SEQ/ID; empty until the first redaction
//	lookup/   Badger, encrypted: pseudonyms of other sealers. Can be made anew from the log
package vault

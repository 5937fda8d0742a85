// Package ledger is the append-only log under the provenance graph: a Merkle tree of RFC 6962 over opaque leaves, kept
// in Badger, with a signed head for every commit.
//
// # What a commit is
//
// Submit takes a group of entries, and a single writer puts as many waiting groups as fit into one commit. A group is
// never split. One commit is one Badger transaction of four keys (see keys.go): all leaves as one value, all sealed
// values as one value, all new stored hashes as one value, and the head, which is the tree size, the root, the greatest
// recorded time so far and a C2SP checkpoint over them. A crash leaves all of it or none. Ticket.Wait returns when the
// commit is on disk, so nobody sees a checkpoint that a crash could take back.
//
// # What is kept outside of Badger, and why
//
// Badger's open cuts a damaged value log or write-ahead log off at its first bad record, drops a table whose checksum
// is wrong, deletes tables that a damaged manifest no longer names, and says nothing to its caller in any of these
// cases. So the ledger keeps its own idea of where it ended:
//
//   - the mark, two checksummed slots beside the database, written (not synced) before a commit is acknowledged. It
//     survives the death of the process at any moment;
//   - the head file, the newest checkpoint as text, by the caller's choice outside of the data directory, replaced
//     atomically and synced behind the commits. It survives the machine and the loss of the directory;
//   - the seal, a list of all files with length and checksum, written by a clean Close. After it Open compares every
//     file that Badger would replay before Badger sees it.
//
// Without a seal the last stop was unclean, and the files are set aside before anything else: those that Badger would change
// or empty are copied, closed value logs hard-linked. Then, after any stop, the files are opened in a snapshot that cannot
// be written to (see snapshot.go), and there every commit must be present without a gap, the right edge must verify, and
// the log must reach the mark and the head file. Only then does Badger open the files themselves, and the right edge must be
// the same. If not, what was set aside is put back, Open returns a *Damage, and nothing is written. Nothing is ever
// repaired here. Older commits are not read by Open; damage to them is found by Verify, and by whoever reads them:
// leaves and sealed values carry checksums, leaves and proofs are held to the tree before they are returned.
//
// Two limits, stated: after a power failure (not a killed process) the mark may be older than the last acknowledged
// commits, by at most the time the head file takes to follow. A disk that loses synced writes of exactly those
// milliseconds is noticed only by somebody who holds their receipts. And who can rewrite the directory, the head file and
// holds the signing key can rewrite the log; only heads kept by others (Verify's from, witnesses) show that.
//
// # Layout
//
//	<dir>/ledger.json            format version, origin, shards
//	<dir>/lock                   flock of the process that writes
//	<dir>/shards/0001/db/        Badger
//	<dir>/shards/0001/mark       last acknowledged size and root
//	<dir>/shards/0001/seal       only after a clean stop
//	<dir>/shards/0001/aside/     only while an unclean stop is looked into
//	<dir>/shards/0001/damaged-N/ what an open found damaged, as it was found
//
// A shard is a log of its own. This version writes one; a later one closes a shard with a last checkpoint and opens the
// next, so that retention can drop a year.
package ledger

// Package spool keeps records on disk between whoever takes them in and whoever records them, so that a crash of either
// loses nothing: what was appended and synced is read, in order, until it is acknowledged.
//
// A spool is a directory:
//
//	state                    "lichtspur spool 1", id of the spool, position that is acknowledged; one a line, replaced atomically
//	0000000000000000.spool   a segment, named by the position of its first record (16 hex digits)
//
// A position counts records from 0, for good: with the spool's id it names a record once and for all. A segment is
//
//	8 bytes   "lichspl1"
//	8 bytes   position of its first record, big endian
//	60 bytes  a key of 32 bytes, sealed by the spool's cipher with the 16 bytes before as additional data
//	blocks, each 4 bytes length of the ciphertext, 4 bytes number of records, the ciphertext
//
// A block is what was synced at once: records, each with its length before it (4 bytes, big endian), under AES-256-GCM with the
// segment's key, the block's number in the segment as nonce, and the 8 bytes before the ciphertext as additional data. A
// segment is written by one process and never added to by another, so no nonce comes twice. A segment whose records are all
// acknowledged is removed, and its key with it.
//
// # After a crash
//
// The last block of the last segment may be torn: it was not synced, so nobody was told that it is there, and it is read over.
// Anything else that does not open, or is missing, is damage: the spool is not opened, and the error names the file and the
// record. Nothing is repaired.
//
// # Bounds
//
// What is on disk is bounded ([Options.Limit]): [Spool.Append] waits for room. So is what is in memory on its way there, 4 MiB.
package spool

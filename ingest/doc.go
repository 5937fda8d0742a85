// Package ingest is how events come in: it reads bytes, hands events and sealed batches to the graph, and answers one
// receipt an event. What cannot be recorded is answered with a precise fault, and kept in quarantine where it parsed.
//
// # Answers
//
// The answer to a stream of events is NDJSON, one object a line, each with one member that tells what it is:
//
//	{"receipt":{"line":1,"status":"ACCEPTED","id":"…","entry":"…","index":17,"leafHash":"…","recorded":"…"}}
//	{"receipt":{"line":2,"status":"DUPLICATE",…}}                         the receipt of the first
//	{"receipt":{"line":3,"status":"REJECTED","id":"…","faults":[…],"quarantine":"…"}}
//	{"checkpoint":"…"}                                                    one for each commit, covers the receipts before it
//	{"error":{"code":"…","message":"…"}}                                  the stream ends here; what was answered stands
//	{"summary":{"accepted":…,"duplicates":…,"rejected":…,"quarantined":…}} last line of a whole answer
//
// leafHash is the RFC 6962 hash of the leaf in base64, checkpoint a C2SP signed note. An answer without a summary was
// cut short: hand in the same events again, those recorded answer as duplicates.
//
// # Formats
//
// What a CloudEvent carries that no event has a place for is named in its receipt ("unmapped":["src_endpoint",…]); one that
// gives no event is rejected with the reason. A single CloudEvent that is rejected is answered 422, with the same lines.
//
// Foreign formats are read by packages beneath this one, a package a format: one function from bytes to native events
// and a report of what could not be mapped (package format). What they give goes the same way as what is native.
//
// # Limits over HTTP
//
// Where the log's queue is full a request is answered 429 with Retry-After, and nothing of it is recorded; a stream that has
// receipts already waits. A client that sends nothing of its body for a minute is answered STREAM_SILENT (408 where it
// has no receipts yet), one that fetches nothing of its answer as long is given up ([Handler.Patience]). What is
// held of a stream is one event and some groups of at most 1 MiB, whatever its length, compressed or not.
package ingest

// Package batch seals events at their source and verifies them where they are recorded.
//
// # Sealed batches
//
// A submission is text, one JSON value a line (NDJSON), every line ended by a line feed:
//
//	{"payloadType":"application/vnd.in-toto+json","payload":"eyJf…","signatures":[{"keyid":"sha256:…","sig":"MEUC…"}]}
//	{"leaf":{"entry":"…","kind":"QUERY",…},"hash":"q83v…=","disclosures":["WyJ2…","WyJt…"]}
//	{"leaf":{"entry":"…","kind":"DISCLOSE",…},"hash":"tx0E…=","disclosures":["WyJ0…"]}
//
// Line 1 is an envelope of DSSE (https://github.com/secure-systems-lab/dsse, version 1.0.2) around one in-toto
// Statement v1. Every line after it is a leaf of the batch, in order:
//
//	leaf         the skeleton, as the JSON object that it is, byte for byte in JCS (RFC 8785), see package event
//	hash         base64 of the leaf's hash, SHA-256(0x00 || leaf) (RFC 6962 section 2.1)
//	disclosures  the leaf's personal values, each as RFC 9901 section 4.2.1 has it; left out where there are none
//
// A batch without leaves is a heartbeat: the source says that it had nothing to report.
//
// # The statement
//
//	{
//	  "_type": "https://in-toto.io/Statement/v1",
//	  "subject": [{"name": "bka-gateway/12", "digest": {"rfc6962": "9f86d0…"}}],
//	  "predicateType": "https://github.com/lichtspur/lichtspur/batch/v1",
//	  "predicate": {
//	    "source": "bka-gateway",               id of the source
//	    "sealer": "bka-gateway",               whose pseudonyms the leaves carry: always the source's own
//	    "sequence": 12,                        1, 2, 3 … without gaps
//	    "previous": "sha256:2c26b4…",          statement digest of batch 11; left out in batch 1
//	    "period": {"from": "2025-06-01T11:00:00Z", "to": "2025-06-01T12:00:00Z"},
//	    "count": 1024,                         leaves
//	    "root": "n4bQgYhM…="                   base64 of the RFC 6962 root over the leaves, as in a checkpoint
//	  }
//	}
//
// The subject is the root once more, in hex, under the digest name "rfc6962" (plain "sha256" would claim that it is
// the hash of some file). The root of no leaves is SHA-256 of nothing. The period is when the events came to the
// source's sealer, not when they occurred: it begins where that of the batch before ended, so periods have no holes,
// and the age of the last one is the source's silence. A statement is named by its digest, "sha256:" and the hex of
// SHA-256 over the payload's bytes as signed. Members of the predicate that are not listed are refused; unknown
// members of the statement, its subjects and the envelope are ignored, as in-toto and DSSE want it.
//
// # One signed leaf
//
// The same with predicateType "https://github.com/lichtspur/lichtspur/leaf/v1", count 1, and as subject the leaf
// itself under its plain digest, {"sha256": hex of SHA-256(leaf)}, so that a tool that knows in-toto and nothing of
// this log can check the signature against the leaf. It has a place in the source's sequence like any batch.
//
// # Signed plain events
//
// Tools that sign the event and know nothing of sealing are served too ([Verifier.Event]): an envelope with payload
// type "application/vnd.lichtspur.event+json" around one native event, or around an in-toto Statement with
// predicateType "https://github.com/lichtspur/lichtspur/event/v1", the native event as predicate and its
// images as subjects, {"sha256": hex}. The node seals such an event itself and keeps the envelope among its sealed
// values, under the keys of everybody in the event; the leaf names the key that the log verified, and once the event is
// redacted only this statement of the log attests it. Such an event has no place in the source's sequence. The same event
// again, signed or not, is a duplicate and gets the first receipt, also when the key has expired since.
//
// # Signatures
//
// keyid is the key's name as package keys gives it. One signature that holds is enough; others are ignored. Where
// keyid is left out, as some tools do, every key of the source is tried. A source whose agency has declared a CA
// sends its certificate with the signature, in members that DSSE leaves to its users and go-witness has introduced:
//
//	{"keyid":"sha256:…","sig":"…","certificate":"base64 of PEM","intermediates":["base64 of PEM"]}
//
// # What is checked
//
// In this order, and the first failure is the answer (codes: [Code]): the form of envelope and statement; the
// signature and the key's validity at the recorded time; number and previous digest against what is recorded of the
// source; how many leaves there are; the root that the lines' hashes give; then of each leaf its hash, form and source,
// its disclosures and the event that they open to; entries that occur twice. Of faulty leaves the first hundred are
// named. No leaf is read before the signature holds, so what an unknown submitter can make the node do is bounded by
// one line.
//
// The hash in a line proves nothing by itself. Together with the signed root it tells a leaf that was altered on the
// way (the hashes give the root, the leaf is not the one hashed: LEAF_ALTERED, and which) from a batch that was put
// together otherwise than signed (BAD_ROOT).
//
// A refused batch does not use up its number. The same statement again is a replay, judged by the time at which
// it was first recorded, so that a lost answer can be asked for after the key has expired. Another statement with the
// same number is a fork: the batch is refused, and its signed statement handed to the caller as evidence.
//
// # At the source
//
// [Builder] collects sealed events and signs; [Outbox] numbers batches and keeps them until the log has answered.
// A number is used once the outbox's state file says so, which is before anybody can submit the batch; see there for
// what a crash leaves behind.
package batch

// Package collector takes a live stream of syslog: messages come over TCP or TLS, are kept in a spool on disk as they come,
// and go from there into the log, each with what its sender's mapping makes of it (package syslog).
//
// # Who may speak
//
// A file of YAML says which senders there are, and for which source each of them speaks:
//
//	senders:
//	  - name: gate                          # an identifier
//	    source: bka-gateway                 # a source that is declared in the log
//	    from: [gate.bka.example, "sha256:5f0c…"]
//	    mapping: gate.yaml                  # a file, from here, or the name of one that comes with the program
//	    set: {agency: bka}                  # the mapping's parameters
//	    others: ignore                      # messages that the mapping has no event for; default: quarantine
//	  - name: local
//	    source: bka-gateway
//	    from: [tcp]                         # without a mapping: native events in JSON alone
//
// from lists certificates of TLS clients: by the SHA-256 of the certificate (RFC 5425, 4.2.2), or by a name in it, which counts
// only where it chains to a CA of the clients. "tls" is whoever comes over TLS without a certificate, "tcp" whoever comes over
// plain TCP, where nobody can tell who speaks. A connection that no sender is for is closed.
//
// # What is lost when
//
// Syslog has no acknowledgements. A message is safe from the moment it was read from its connection and synced: after kill -9
// or a power cut it is recorded, once. What a sender wrote and nobody had read is lost with the connection, as with any
// collector; a sender that closes its side and waits for the end of the connection knows that all of it was synced.
//
// A message is recorded before it is acknowledged to the spool. After a crash between the two it is handed in again: its
// events have the same ids, so they are duplicates. Where the log is slower than the senders the spool fills, then nothing is
// read from connections, and the senders wait.
//
// What cannot be read, mapped or recorded goes into quarantine under its source: a message as a JSON string (or, where it is not
// UTF-8, as {"base64": …}), an event as JSON. Its id is syslog/SPOOL/POSITION. Where the quarantine is full the stream stops,
// and the log of the program says so, rather than that anything is dropped.
package collector

// Package syslog reads messages of syslog: RFC 5424, as they come over TCP (RFC 6587) and TLS (RFC 5425), with an event in
// JSON or a message in CEF as their text, or with what they say in structured data. [Read] reads a file of them; a live
// stream is taken by package collector.
//
// # What maps to what
//
//	text that begins with {    one native event in JSON, as it is
//	text in CEF                what the mapping says; its columns are those of package cef
//	other text                 what the mapping says; its columns are syslog.text and the structured data
//
// In all of them a mapping (package table) has these columns, too:
//
//	syslog.severity            emergency, alert, critical, error, warning, notice, informational, debug
//	syslog.timestamp           RFC 3339, as the sender wrote it
//	syslog.hostname, syslog.app, syslog.process, syslog.id
//	syslog.received            when the message came in, RFC 3339; in a live stream only
//	data.ELEMENT.NAME          a parameter of the structured data, as data.search@32473.case
//
// Events that a mapping makes have as id the value of the mapping's key. Without one, in a live stream, every message is an
// event of its own: syslog has no acknowledgements, so a sender that sends again what it is not sure of should have a key.
//
// # What it survives
//
// Both ways of framing in one stream, NUL and CRLF as ends of lines, blank lines, no priority, the form of RFC 3164 (its date,
// which has neither year nor zone, is read over; host and tag are kept), header fields up to twice as long as they may be, text
// before "CEF:", text that is not UTF-8 (read as Windows-1252, and counted).
//
// # What is not mapped
//
// A message that cannot be read, is longer than [MaxMessage], was cut off by the end of its stream, or has no event in the
// mapping gives none, and counts as lost (a live stream keeps it in quarantine). So does a message that is not CEF and of
// which the mapping reads neither text nor structured data, unless each of its events says which messages it is of: what a
// daemon says of itself is no search. Values that the mapping neither reads nor ignores are counted by their names.
//
// A stream in which a message claims more than [MaxClaim] bytes is refused; what is held is one message, whatever it claims.
package syslog

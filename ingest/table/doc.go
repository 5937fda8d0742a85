// Package table reads rows: exports of systems, published search audits, lists of who shares with whom. What the
// columns mean is said by a mapping, a file of YAML. Two come with the program ([Shipped]).
//
//	search-audit    a published audit of searches → QUERY
//	agency-sharing  who lets whom see its records → DECLARE of agencies (flagged), RELEASE
//
// # A mapping
//
//	name: gate-log                      # an identifier; begins the id of every event
//	about: Searches of the gate's face matcher.
//	file:
//	  encoding: auto                    # utf-8, latin-1, windows-1252, utf-16
//	  separator: auto                   # tab, or one character
//	  skip: 0                           # lines before the header
//	  columns: []                       # names, where there is no header
//	parameters:                         # given with --set NAME=VALUE
//	  agency: {about: "whose log it is"}
//	cells:                              # texts, or /regular expressions/
//	  empty: ["-", "n/a"]
//	  masked: ["/^[*]+$/"]
//	  withheld: ["[redacted]"]
//	rows:
//	  key: [Nr]                         # what tells rows apart; default: all columns used
//	  repeats: same                     # or counted
//	zone: Europe/Berlin                 # of times without one; $parameter; default UTC
//	layouts: ["02.01.2006 15:04:05", "02.01.2006"]
//	tables:
//	  result: {Treffer: HIT, kein Treffer: NO_HIT}
//	ignore: [Bemerkung]                 # columns left out on purpose
//	events:
//	  - id: query                       # tells several events of one row apart
//	    kind: QUERY
//	    when: [{column: Art, in: [Suche]}]
//	    withheld: [/databases]          # fields that the source has and this file does not
//	    fields:                         # JSON pointer into the event: where its value comes from
//	      /requester: {parameter: agency}
//	      /occurred: {column: [Zeit, Zeitpunkt]}
//	      /actor/id: {column: Benutzer}
//	      /result/state: {column: Ergebnis, table: result, otherwise: PENDING}
//	      /databases/*/system: {column: Dateien, split: ",", slug: true}
//	      /text/de: {text: "{Art} am {Tor}"}
//	      /exercise: false
//
// A field is a constant, or an object with one of value, column (of several names the first that the file has; case
// does not matter), text and parameter, and with any of table, otherwise, slug (make an identifier of a name), prefix,
// layouts, zone, split and required. Layouts are those of Go's package time, or "unix", "unix-ms", "native"; a time gets
// the precision that its layout has. A local time that clocks showed twice is the interval between the two; one that
// they skipped is a value that cannot be mapped. once: [columns] gives one event for each value of the columns in a file.
//
// # Rows that come again
//
// Exports overlap, so the same row comes in several files; and two equal rows of one file can be two real events. With
// repeats "counted" the id of an event is the digest of the row's cells and, from the second equal row of a file on, its
// number. The first of three equal rows is the first of them in every export that has it: what was handed in before
// is a duplicate, what is new is new. With a key that the source makes sure is unique, repeats is "same" (the default
// with a key): a row with the key of an earlier one is that row, in the same file too.
//
// Counting takes 8 bytes a row and room to grow; more than [MaxRows] different rows in one file are refused.
//
// # Empty, masked, withheld
//
// An empty cell leaves the field out. A masked one (there was a value, whoever published made it unreadable) and a
// withheld one (the source says that it keeps it back) leave it out and name it in the event's withheld list. The three
// are counted apart in the report.
//
// # What is not mapped
//
// A row that cannot be cut into cells, or has not as many as the header, gives no event. A value that does not fit its
// field (not in the value table, no time in any layout, too long) is left out of its event, and the event is lost only
// if it cannot be without. A row in which the mapping reads no value gives none, and a file with none of its columns is an
// error: what the mapping says of every row is nothing that happened. Columns that the mapping neither uses nor ignores are counted, and so are rows that no event of
// the mapping is of. All of it is in the [format.Report], by column and reason, with counts and the first row.
//
// # What is read
//
// RFC 4180 with any separator, LF or CRLF, quoted cells over several lines, quotation marks within unquoted cells, blank
// lines, a separator at the end of each line, "sep=;" in a first line, byte order marks, UTF-16 with and without one. In
// encoding auto a cell that is not UTF-8 is read as Windows-1252 (of which the letters of Latin-1 are a part), cell by
// cell, and counted. A row of more than 1 MiB is an error: that is what a quotation mark that is never closed looks like.
package table

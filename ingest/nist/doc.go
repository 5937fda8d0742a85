// Package nist reads transactions of ANSI/NIST-ITL 1-2011 (NIST Special Publication 500-290) and of the versions before and
// after it, in which face images travel between bureaux: [Read] in the traditional encoding (.an2, .nist, .eft), [ReadXML]
// in the NIEM-XML encoding. INTERPOL's profile of it is domain INT-I.
//
// # What maps to what
//
//	one transaction                 one DISCLOSE; by profile RECEIVE (whose file it is) or QUERY (1.004)
//	1.002 VER, 1.006 PRY, 1.013 DOM  in words: text
//	1.004 TOT                       in words: text; decides the kind, by profile
//	1.005 DAT, 1.014 GMT            occurred: the instant of GMT; without it the day of DAT, in UTC or in the profile's zone; where
//	                                they cannot both be true, the interval over both
//	1.007 DAI                       to.organisation; of a QUERY the database, by profile, else withheld
//	1.008 ORI                       from.organisation and requester
//	1.009 TCN                       records; with ORI and DAT transfer.reference, which pairs what was sent with what was received
//	1.010 TCR                       records
//	10.003 IMT                      FACE, or what the profile lists, is an image of the event; others are reported
//	10.004 SRC                      origin, where all images have the same
//	10.004 SRC and 10.005 PHD       a CAPTURE by that agency at that day (captures: false leaves it out)
//	10.011 CGA                      images/*/mediaType
//	10.999 DATA                     images/*/digest: SHA-256, computed as the data passes; the data is dropped
//	10.996 HAS, 10.994 EFR          the digest, where the picture itself is not in the transaction
//	all other records               read over, and counted
//
// The id of the event is ORI, TCN, DAT and the digest of the whole transaction, since control numbers are used again. A
// transaction without a face is an event that names its records only. Agency identifiers become identifiers of
// organisations in lower case, or what the profile says; whether these are declared is for the log to say.
//
// In NIEM-XML the same fields are found by the local names of their elements.
//
// # Profiles
//
//	agencies: {DEBKA00: bka, IPSG: ipsg}    # ORI, DAI or SRC → organisation
//	prefix: ori-                            # before the others
//	received: false                         # true: the files are the receiver's
//	kinds: {SRE: RECEIVE, CPS: QUERY}       # TOT → DISCLOSE, RECEIVE, QUERY
//	databases: {IPSG: ifrs}                 # of a QUERY: DAI → system
//	images: [FACE]                          # IMT
//	captures: true
//	zone: Europe/Berlin                     # of DAT
//	purpose: identification
//	basis: [BKAG § 33]
//
// # What it survives
//
// Tags with and without leading zeros (1.01, 1.001), versions 0, 0200 to 0600, missing GMT and DOM, binary record types 3 to
// 8, records of any number, transactions one after another in a file, white space after them, Latin-1 in text, lengths with
// leading zeros. Every length is checked against the separators, the number against 1.003 and the end of the file: a record
// that is longer or shorter than it says is an error, and nothing of its transaction is given. No length makes the
// reader allocate anything: it holds a window of 64 KiB, the fields above (400 bytes each) and the list of 1.003.
//
// XML is read by a scanner that holds a window, too. Document types are refused.
package nist

// Package audit is what the readers of audit records have in common (ingest/ocsf, ingest/fhir, ingest/cloudevents): how
// records are taken out of a stream ([Records]), how one is looked at ([Document]), and what a profile says of the
// system that wrote them ([Profile]).
//
// # A profile
//
// Standards of audit records say who did what to which object. Whose pictures the objects are, on what basis and to what
// purpose they have no field for, or one that every system fills in its own way. A profile, a file of YAML, says it.
// Without one, names become identifiers as they are (in lower case).
//
//	organisation: bka                       # whose log it is: the requester, where a record names none
//	unit: SO 41
//	system: bka-faces                       # the system that wrote it, where the profile knows no other by a name in the record
//	names: {Gesichtsdatei: bka-faces}       # what records call organisations and systems → identifiers
//	prefix: bka-                            # before the identifiers of those not listed
//	faces: ["/face|gesicht/", mugshots]     # names of what holds facial images: texts, or /regular expressions/; ["*"]: all
//	kinds: {Gallery.Lookup: QUERY, "6003/3": "", search: QUERY}  # operations and activities → kind; "": leave out
//	purposes: {HPAYMT: billing}             # codes of purposes → identifiers
//	policies: {"urn:policy:7": "BDSG § 45"} # policies that records name → legal bases
//	purpose: identification                 # of records that name none
//	basis: ["BKAG § 16"]
//	exercise: true
//	zone: Europe/Berlin                     # of times in fields that say none
//	layouts: ["02.01.2006 15:04"]           # of times in fields
//	tables: {offence: {M: murder}}
//	fields:                                 # where the standard has no field: JSON pointer into the event ← path in the record
//	  /case/reference: {column: unmapped.case_no}
//	  /case/offence: {column: unmapped.offence, table: offence}
//	  /images/0/digest: {column: enrichments(probe).value, prefix: "sha256:"}
//	  /justification: {column: [extension(https://x.example/reason).valueString, outcomeDesc]}
//
// Fields are those of a mapping of rows (package ingest/table), with paths in place of columns: names with dots between
// them, and behind a name, in brackets, a text that one of the element's own members has. Of a list the first element
// that has the rest of the path is taken. What a field says goes before what the standard says.
//
// # What an event cannot be without
//
// Where a kind needs a field for which the record and the profile have nothing (the databases of a search, the recipient
// of an export, the images that were viewed), the event names it as withheld: the source knows it, its audit record does
// not say it.
package audit

// Package fhir reads AuditEvents of HL7 FHIR, the best known form of an access record: R4 and R4B, R5, and what R3 and the
// ballots of R6 have otherwise, in JSON ([Read]) and XML ([ReadXML]). Resources on lines (bulk data), arrays, one resource and
// Bundles of them are read; other resources of a Bundle are counted.
//
// # Which records
//
// An AuditEvent of access to somebody's records gives an event, whether or not it says that the record is a picture: it
// names the records, and the person whose they are. A profile's faces, where it has some, limits that to AuditEvents in which an
// entity, its type or the system has such a name. What touches no record (start and stop of programs, log in and out, security
// alerts) gives none.
//
// # What maps to what
//
//	type, subtype (R5 category, code)  the kind: DICOM 110112, search → QUERY; 110103, read, vread, history, access → CONSULT; 110106,
//	                           110104, disclose, transmit → DISCLOSE; 110107, receive → RECEIVE; create, originate → ENROL; 110105, delete,
//	                           destroy → ERASE. What is narrower goes first; a profile's kinds go before both
//	action                     where these do not say: C → ENROL, R → CONSULT, D → ERASE, E with a query → QUERY; U is lost
//	id                         id, with the observer's; without one the digest of what the record says
//	period, occurred[x]        occurred; else recorded. A period without an end is one until recorded, without a start ../end
//	agent                      the first requestor → actor: who → id and name, altId, role; devices are automated
//	agent, an Organization     requester; else the profile's organisation. Persons never become organisations: those are public
//	agent 110153, 110152       of DISCLOSE and RECEIVE: from and to, where it is an organisation or a system, or the profile knows it
//	any other agent            counted as not mapped: an event has one actor
//	agent.policy               basis, where the profile knows it: policies can name a person's consent
//	purposeOfEvent, purposeOfUse, authorization  purpose: the first code; its text → justification. BTG and emergency treatment → urgent
//	source.observer, site      the system: databases of a QUERY, from of a CONSULT …, if no profile says which it is
//	entity.what, R5 patient    a Patient, or who has the role of one → persons; others → records. A SHA-256 (sha256:…, or an identifier
//	                           or detail that is called so), or a picture in a contained Binary, Media or DocumentReference, which is
//	                           hashed and dropped → images
//	entity.query               decoded, in words: text; input TEXT
//	entity.name, description   in words: text
//	outcome                    result: 4, 8, 12, error and fatal → FAILED. What was not stored, sent or erased gives no event
//
// Case, retention and whatever else a system puts into extensions, entity.detail or basedOn a profile finds (package
// ingest/audit). Contained resources are looked up where they are referred to. All else is counted as not mapped, by name.
//
// # XML
//
// Document types are refused, so that there are no entities but those of XML. One token has at most 1 MiB, elements
// are nested at most 64 deep. Narratives are read over.
package fhir

// Package ocsf reads records of the Open Cybersecurity Schema Framework, versions 1.0 to 1.9, in JSON: Datastore Activity
// (class 6005) and API Activity (class 6003). Objects on lines, arrays and objects around a list (Records, events …) are
// read, and objects that a search or a collector has put around a record (_source, result, event, ocsf).
//
// # Which records
//
// Such logs tell of everything that is done in a system. Only what is about facial images gives an event: where the
// database, table, bucket, resource, operation, service or product has a word for faces in its name (face, facial, mugshot,
// portrait, headshot, Gesicht, Lichtbild …), or by a profile's faces, or where a profile has the name of the database, table,
// bucket or resource in its names. The others are counted as NOT_ABOUT_FACES, those of other classes as CLASS_NOT_MAPPED;
// neither counts as lost.
//
// # What maps to what
//
//	class 6005, activity_id    1 Read, 8 List → CONSULT; 4 Query → QUERY; 5 Write, 6 Create → ENROL; 7 Delete → ERASE; 3, 9 and 10
//	                           touch no image and give nothing, 2 Update is lost
//	class 6003, api.operation  by the first of its words that says what was done: search, find, identify → QUERY; compare,
//	                           verify, match → COMPARE; index, enrol, upload, insert → ENROL; get, list, view, download →
//	                           CONSULT; export, send, share, forward → DISCLOSE; import, receive → RECEIVE; delete, purge →
//	                           ERASE; train → TRAIN. Then by activity_id: 1 Create → ENROL, 2 Read → CONSULT, 4 Delete → ERASE
//	activity_name              of an activity that is none of the numbered ones: its words, likewise
//	metadata.uid               id, with the product's name; without one the digest of what the record says, so that a record that
//	                           comes again is the same event, and two that say the same are one
//	time, time_dt              occurred; start_time and end_time give an interval. Seconds, micro- and nanoseconds are told by size
//	actor.user                 actor: uid, name or email_addr → id; full_name, display_name or name → name; type Admin → role; System
//	                           and Service → automated. actor.app_name, invoked_by and process stand for a user that is missing
//	actor.user.org             requester; its ou_name → unit. Else what the profile calls the account or tenant, or its organisation
//	database, table, databucket  databases of a QUERY; from of CONSULT, ERASE, DISCLOSE; to of ENROL, RECEIVE
//	resources                  likewise the one that is a database, collection, index, bucket …; others → records
//	api.service, dst_endpoint  the system, where no resource names it
//	src_endpoint, device       from of a QUERY, where the profile knows the name; else not mapped
//	databucket.file, file      images: the SHA-256 of a picture (probe of a QUERY); else records
//	query_info.query_string    in words: text; input TEXT
//	status_id, action_id       result: FAILED, REFUSED. Images that were not stored, sent or erased because it failed give no event
//	query_result_id            result: HIT, NO_HIT
//	count                      of a QUERY: quantity
//
// Purpose, legal basis, case, justification, recipients and hits have no field in the standard. A profile says where a
// system has put them (package ingest/audit), often unmapped or enrichments. All else is counted as not mapped, by name.
package ocsf

// Package prov writes answers of the log as PROV-JSON (W3C member submission of 24 April 2013, of the model of PROV-DM),
// and reads such documents, of this log or of anybody: [NewWriter], [NewDocument], [Read].
//
// # What an entry becomes
//
//	the entry                   activity log:entry/ID; prov:type its kind, and lichtspur:event, the whole event as it was shown
//	occurred                    prov:startTime and prov:endTime where it is an instant; lichtspur:occurred always
//	an image                    entity log:image/PSEUDONYM, with its digest where that was shown
//	its copy in a place         entity log:image/PSEUDONYM@PLACE, specializationOf the image, wasAttributedTo who holds it
//	owner, origin               wasAttributedTo the organisation (lichtspur:as says which)
//	organisation, system        agents; a system actedOnBehalfOf its organisation
//	actor, verifier, authoriser agents by pseudonym, wasAssociatedWith (prov:role), actedOnBehalfOf the requester
//	from, to, databases …       wasAssociatedWith, by prov:role
//	CAPTURE                     wasGeneratedBy
//	ENROL, DISCLOSE, RECEIVE,
//	TRAIN                       used the copy before, wasGeneratedBy of the copy after, wasDerivedFrom between them
//	DERIVE                      used the parents, wasGeneratedBy and wasDerivedFrom of the children
//	QUERY, MATCH, COMPARE       used probe and candidates; a probe that is stored wasGeneratedBy
//	CONSULT                     used
//	ERASE                       wasInvalidatedBy
//	a collection, a quantity    entity of type prov:Collection
//	relates                     wasInformedBy
//	all other kinds             an activity with its agents
//
// Index, source, time of recording, standing, purpose, basis, exercise and who attests it are attributes of the activity in
// the namespace [Namespace]. A list of entries is written as bundles, one an entry, so that neither side holds more than
// one. The way of an image, its exposure and tables of flows are one document: hops are wasDerivedFrom with standing,
// consent and the index of the entry that decides it; what is only shown, and who saw it, is wasInfluencedBy. A flow is an
// activity of type lichtspur:Flow with its counts. The entity log:state/SIZE says which state of the log it holds for, and
// whether it is complete.
//
// # What is read back
//
// An activity with lichtspur:event is that event, exactly: handing it in again as its source is a duplicate. Entries of other
// sources, those that only the log writes, and those of which not all was shown give none, and are counted. What
// a document states of an entry and the entry itself does not state is reported as [GapDiffers].
//
// # What other documents become
//
//	activity                            an event; its kind by the profile (prov:type), else by what it does:
//	  generated, nothing used           CAPTURE
//	  used only                         CONSULT
//	  invalidated only                  ERASE
//	  used and generated, the same image in another place (equal digests, specializationOf, alternateOf)  DISCLOSE
//	  the same, in the same place       ENROL
//	  used and generated otherwise      DERIVE
//	wasDerivedFrom without activity     DERIVE or DISCLOSE
//	entity                              an image, by the SHA-256 among its attributes; without one its digest is withheld. Its
//	                                    identifier is a record of the event. Collections, plans and bundles are records only
//	startTime, endTime, else prov:time  occurred
//	wasAssociatedWith                   an organisation takes part; anybody else is the actor. Of whom it is not said what he
//	                                    is may be a person, and is sealed as one
//	prov:role                           actor.role
//	actedOnBehalfOf                     requester
//	wasAttributedTo an organisation     where the image is; owner, if that is another than the requester
//	wasInformedBy                       relates: BELONGS_TO
//	prov:label                          text, by its language
//	bundles                             read one by one; their name is a part of the event's id
//	hadMember, wasInfluencedBy, mentionOf, plans, triggers, other attributes   reported
//
// The id of the event is the URI of the activity (of a blank node a digest), so that the same document again adds nothing.
//
// # Profiles
//
//	agents: {"http://bureau.example/#Bureau": bka, Interpol: ipsg}  # URI or its last part → organisation
//	systems: {matcher: inpol-z}             # agent or prov:location → system
//	prefix: org-                            # before other organisations' identifiers
//	organisation: bka                       # where a document names none
//	kinds: {FaceSearch: QUERY}              # prov:type of an activity → kind
//	images: [Portrait]                      # prov:type of entities that are images; default: all
//	digest: [contentHash]                   # attributes that hold the SHA-256
//	zone: Europe/Berlin                     # of times without one; default UTC
//	purpose: identification
//	basis: [BKAG § 33]
//	exercise: false
//
// # What is held
//
// One bundle, or all that a document states outside of bundles, which has no order: [MaxBytes] of text and [MaxStatements].
// A document may have any number of bundles, and a file any number of documents. Bundles that stand before the prefixes
// of the document wait for them, and count.
package prov

// Package event is the vocabulary: what can be said about facial images, how it is checked, and how it is split into
// a leaf that names nobody and values that only the vault can open. It imports nothing of ours, holds no state and
// reads no clock.
//
// An event comes in as JSON ([Parse]) and is checked ([Event.Validate]). [Seal] makes the [Skeleton], whose JCS form is
// the leaf that stands in the log for ever, and the disclosures of the personal values. [ParseSkeleton] reads a leaf,
// [CheckDisclosures] checks what a source sealed, [Open] puts values back that a reader may see.
//
// # Three classes of fields
//
// Public values stand in the leaf in the clear. They say what was done, when, between which bodies, on what basis, and
// have forms too narrow for a sentence about a person: vocabularies, identifiers, numbers, times. Free text is never
// public, with one exception: the wording of claims and declarations, which are statements about bodies, not persons.
//
// Pseudonymous values stand for an image, a person or a case. Whoever sealed the event assigned them, and only that
// vault can tell what they stand for. The same subject has the same pseudonym of one sealer, so what happened to
// it can be followed without knowing it.
//
// Sealed values are in the leaf only as salted digests. The values themselves are encrypted under the keys of those
// whom they are about, and a redaction destroys these keys.
//
// Who may see a value, always only within scope and for a purpose:
//
//	SCOPE       viewers in whose scope the entry is
//	VISIBILITY  as the entry's visibility says: everybody, or the organisations named
//	PERSONAL    of those in scope, the ones whose role opens personal values
//	CATALOG     everybody who may read at all: answers cannot be judged without it
//
// What a redaction does to it:
//
//	STAYS       nothing; it says nothing of a person
//	ORPHANS     the pseudonym stays; what it stood for can no longer be found out, by anybody
//	CLOSES      closed when its subject is redacted: the image, the actor or person, the case, the record
//	ANY         closed when any party of the event is redacted, for free text may be about each of them; where the
//	            event has no party, with the entry itself
//	ENTRY       closed when the entry itself is redacted; it is the source's own number of an event
//	WORDING     free text: as ANY; the text of an event with a claim or declaration is public and stays
//
// What stays for good after a redaction is an anonymous trail with exact times, bodies and systems. Who knows from
// elsewhere what somebody did at a certain second can still find the entry; this is the price of a log that cannot be
// rewritten, and the reason why nothing else is public.
//
// # The table of kinds
//
// Besides id and kind. What is neither named as needed nor as possible is forbidden; withheld counts as there.
//
// A CONSULT by the log itself, in the access ledger, needs access, actor and purpose instead, and may have occurred,
// justification and relates.
//
//	CAPTURE
//		needs    to; one of (images, collection, quantity)
//		may have exercise, occurred, requester, unit, actor, from, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, consent, retention, method,
//		         hiddenFromSubject, citation, relates, withheld, text
//	ENROL
//		needs    to; one of (images, collection, quantity)
//		may have exercise, occurred, requester, unit, actor, from, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, consent, retention,
//		         hiddenFromSubject, citation, relates, withheld, text
//	DERIVE
//		needs    images; one of (from, to)
//		may have exercise, occurred, requester, unit, actor, from, to, origin, owner, controller, collection, quantity, persons,
//		         records, purpose, basis, justification, case, authorisation, urgent, consent, retention, method,
//		         hiddenFromSubject, citation, relates, withheld, text
//	QUERY
//		needs    databases; one of (requester, from)
//		may have exercise, occurred, replied, requester, unit, actor, from, to, origin, owner, controller, images, collection,
//		         quantity, persons, records, purpose, basis, justification, case, authorisation, urgent, input, mode, result,
//		         verifiers, consent, retention, method, hiddenFromSubject, citation, relates, withheld, text
//	CONSULT
//		needs    from; one of (images, collection, quantity, persons, records)
//		may have exercise, occurred, replied, requester, unit, actor, to, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, result, consent, retention,
//		         hiddenFromSubject, citation, relates, withheld, text
//	DISCLOSE
//		needs    from; to; one of (images, collection, quantity, persons, records)
//		may have exercise, occurred, replied, requester, unit, actor, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, transfer, consent, retention,
//		         hiddenFromSubject, citation, relates, withheld, text
//	RECEIVE
//		needs    from; to; one of (images, collection, quantity, persons, records)
//		may have exercise, occurred, replied, requester, unit, actor, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, transfer, consent, retention,
//		         hiddenFromSubject, citation, relates, withheld, text
//	COMPARE
//		needs    one of (images, collection, quantity); one of (from, to, databases)
//		may have exercise, occurred, replied, requester, unit, actor, from, to, origin, owner, controller, images, collection,
//		         quantity, persons, records, purpose, basis, justification, case, authorisation, urgent, input, mode, databases,
//		         result, verifiers, consent, retention, method, hiddenFromSubject, citation, relates, withheld, text
//	MATCH
//		needs    result; one of (images, relates)
//		may have exercise, occurred, replied, requester, unit, actor, from, to, origin, owner, controller, images, collection,
//		         quantity, persons, records, purpose, basis, justification, case, authorisation, urgent, input, mode, databases,
//		         verifiers, consent, retention, method, hiddenFromSubject, citation, relates, withheld, text
//	TRAIN
//		needs    from; to; one of (images, collection, quantity)
//		may have exercise, occurred, requester, unit, actor, origin, owner, controller, images, collection, quantity, persons,
//		         records, purpose, basis, justification, case, authorisation, urgent, consent, retention, method,
//		         hiddenFromSubject, citation, relates, withheld, text
//	ERASE
//		needs    from; one of (images, collection, quantity, persons, records)
//		may have exercise, occurred, requester, unit, actor, to, origin, owner, controller, images, collection, quantity, persons,
//		         records, purpose, basis, justification, case, authorisation, urgent, consent, retention, hiddenFromSubject,
//		         citation, relates, withheld, text
//	RELEASE
//		needs    owner; permission
//		may have exercise, occurred, requester, unit, actor, from, origin, controller, images, collection, quantity, persons,
//		         records, purpose, basis, justification, case, authorisation, urgent, consent, retention, hiddenFromSubject,
//		         citation, relates, withheld, text
//	RESTRICT
//		needs    owner; permission
//		may have exercise, occurred, requester, unit, actor, from, origin, controller, images, collection, quantity, persons,
//		         records, purpose, basis, justification, case, authorisation, urgent, consent, retention, hiddenFromSubject,
//		         citation, relates, withheld, text
//	ADMIT, written by the log only
//		needs    admit
//	LINK, written by the log only
//		needs    link
//		may have exercise, relates
//	REDACT, written by the log only
//		needs    redaction
//		may have exercise, actor, justification, authorisation, relates
//	CLAIM
//		needs    citation; claim
//		may have exercise, occurred, relates, withheld, visibility, text
//	DECLARE
//		needs    declaration
//		may have exercise, occurred, citation, relates, withheld, visibility, text
//	CORRECT
//		needs    relates
//		may have exercise, occurred, replied, requester, unit, actor, from, to, origin, owner, controller, images, collection,
//		         quantity, persons, records, purpose, basis, justification, case, authorisation, urgent, input, mode, databases,
//		         result, verifiers, transfer, consent, permission, retention, method, hiddenFromSubject, citation, withheld,
//		         visibility, text, claim, declaration
//	REVIEW
//		needs    review
//		may have exercise, occurred, requester, unit, actor, purpose, basis, justification, case, authorisation, citation,
//		         relates, withheld, text
//	HOLD
//		needs    retention; one of (from, images, collection, quantity, persons, records, case, relates)
//		may have exercise, occurred, requester, unit, actor, from, origin, owner, controller, images, collection, quantity,
//		         persons, records, purpose, basis, justification, case, authorisation, urgent, consent, hiddenFromSubject,
//		         citation, relates, withheld, text
//
// # The field table
//
//	field                                      class         seen        redaction
//	/id                                        SEALED        PERSONAL    ENTRY
//	/kind                                      PUBLIC        SCOPE       STAYS
//	/exercise                                  PUBLIC        SCOPE       STAYS
//	/occurred                                  PUBLIC        SCOPE       STAYS
//	/replied                                   PUBLIC        SCOPE       STAYS
//	/requester                                 PUBLIC        SCOPE       STAYS
//	/unit                                      SEALED        PERSONAL    ANY
//	/actor/id                                  SEALED        PERSONAL    CLOSES
//	/actor/name                                SEALED        PERSONAL    CLOSES
//	/actor/role                                PUBLIC        SCOPE       STAYS
//	/actor/automated                           PUBLIC        SCOPE       STAYS
//	/actor/pseudonym                           PSEUDONYMOUS  SCOPE       ORPHANS
//	/from/organisation                         PUBLIC        SCOPE       STAYS
//	/from/system                               PUBLIC        SCOPE       STAYS
//	/from/country                              PUBLIC        SCOPE       STAYS
//	/from/class                                PUBLIC        SCOPE       STAYS
//	/to/organisation                           PUBLIC        SCOPE       STAYS
//	/to/system                                 PUBLIC        SCOPE       STAYS
//	/to/country                                PUBLIC        SCOPE       STAYS
//	/to/class                                  PUBLIC        SCOPE       STAYS
//	/origin                                    PUBLIC        SCOPE       STAYS
//	/owner                                     PUBLIC        SCOPE       STAYS
//	/controller                                PUBLIC        SCOPE       STAYS
//	/images/*/role                             PUBLIC        SCOPE       STAYS
//	/images/*/digest                           SEALED        PERSONAL    CLOSES
//	/images/*/mediaType                        PUBLIC        SCOPE       STAYS
//	/images/*/system                           PUBLIC        SCOPE       STAYS
//	/images/*/score                            PUBLIC        SCOPE       STAYS
//	/images/*/pseudonym                        PSEUDONYMOUS  SCOPE       ORPHANS
//	/collection                                PUBLIC        SCOPE       STAYS
//	/quantity/amount                           PUBLIC        SCOPE       STAYS
//	/quantity/bound                            PUBLIC        SCOPE       STAYS
//	/quantity/exclusive                        PUBLIC        SCOPE       STAYS
//	/quantity/unit                             PUBLIC        SCOPE       STAYS
//	/persons/*/id                              SEALED        PERSONAL    CLOSES
//	/persons/*/name                            SEALED        PERSONAL    CLOSES
//	/persons/*/role                            PUBLIC        SCOPE       STAYS
//	/persons/*/pseudonym                       PSEUDONYMOUS  SCOPE       ORPHANS
//	/records/*/system                          PUBLIC        SCOPE       STAYS
//	/records/*/reference                       SEALED        PERSONAL    CLOSES
//	/records/*/pseudonym                       PSEUDONYMOUS  SCOPE       ORPHANS
//	/purpose                                   PUBLIC        SCOPE       STAYS
//	/basis/*                                   PUBLIC        SCOPE       STAYS
//	/justification                             SEALED        PERSONAL    ANY
//	/case/reference                            SEALED        PERSONAL    CLOSES
//	/case/offence                              PUBLIC        SCOPE       STAYS
//	/case/note                                 SEALED        PERSONAL    CLOSES
//	/case/pseudonym                            PSEUDONYMOUS  SCOPE       ORPHANS
//	/authorisation/by/id                       SEALED        PERSONAL    CLOSES
//	/authorisation/by/name                     SEALED        PERSONAL    CLOSES
//	/authorisation/by/role                     PUBLIC        SCOPE       STAYS
//	/authorisation/by/automated                PUBLIC        SCOPE       STAYS
//	/authorisation/by/pseudonym                PSEUDONYMOUS  SCOPE       ORPHANS
//	/authorisation/at                          PUBLIC        SCOPE       STAYS
//	/authorisation/state                       PUBLIC        SCOPE       STAYS
//	/authorisation/deadline                    PUBLIC        SCOPE       STAYS
//	/urgent                                    PUBLIC        SCOPE       STAYS
//	/input                                     PUBLIC        SCOPE       STAYS
//	/mode                                      PUBLIC        SCOPE       STAYS
//	/databases/*/system                        PUBLIC        SCOPE       STAYS
//	/databases/*/replied                       PUBLIC        SCOPE       STAYS
//	/result/state                              PUBLIC        SCOPE       STAYS
//	/result/candidates                         PUBLIC        SCOPE       STAYS
//	/verifiers/*/id                            SEALED        PERSONAL    CLOSES
//	/verifiers/*/name                          SEALED        PERSONAL    CLOSES
//	/verifiers/*/role                          PUBLIC        SCOPE       STAYS
//	/verifiers/*/automated                     PUBLIC        SCOPE       STAYS
//	/verifiers/*/pseudonym                     PSEUDONYMOUS  SCOPE       ORPHANS
//	/transfer/reference                        PUBLIC        SCOPE       STAYS
//	/transfer/ground                           PUBLIC        SCOPE       STAYS
//	/transfer/conditions/*                     PUBLIC        SCOPE       STAYS
//	/transfer/onwardApproval                   PUBLIC        SCOPE       STAYS
//	/transfer/deleteBy                         PUBLIC        SCOPE       STAYS
//	/consent/by                                PUBLIC        SCOPE       STAYS
//	/consent/scope                             SEALED        PERSONAL    ANY
//	/consent/at                                PUBLIC        SCOPE       STAYS
//	/permission/recipients/*                   PUBLIC        SCOPE       STAYS
//	/permission/systems/*                      PUBLIC        SCOPE       STAYS
//	/permission/purposes/*                     PUBLIC        SCOPE       STAYS
//	/permission/during                         PUBLIC        SCOPE       STAYS
//	/permission/scope                          SEALED        PERSONAL    ANY
//	/retention/rule                            PUBLIC        SCOPE       STAYS
//	/retention/until                           PUBLIC        SCOPE       STAYS
//	/retention/hold                            PUBLIC        SCOPE       STAYS
//	/method                                    PUBLIC        SCOPE       STAYS
//	/hiddenFromSubject                         PUBLIC        SCOPE       STAYS
//	/citation/source                           PUBLIC        VISIBILITY  STAYS
//	/citation/locator                          PUBLIC        VISIBILITY  STAYS
//	/relates/*/relation                        PUBLIC        SCOPE       STAYS
//	/relates/*/id                              SEALED        PERSONAL    ENTRY
//	/relates/*/entry                           PUBLIC        SCOPE       STAYS
//	/withheld/*                                PUBLIC        SCOPE       STAYS
//	/visibility/public                         PUBLIC        VISIBILITY  STAYS
//	/visibility/organisations/*                PUBLIC        VISIBILITY  STAYS
//	/text/en                                   SEALED        PERSONAL    WORDING
//	/text/de                                   SEALED        PERSONAL    WORDING
//	/claim/proposition/id                      PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/type                    PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/subject                 PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/from                    PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/to                      PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/population              PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/at                      PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/text/en                 PUBLIC        VISIBILITY  STAYS
//	/claim/proposition/text/de                 PUBLIC        VISIBILITY  STAYS
//	/claim/claimant                            PUBLIC        VISIBILITY  STAYS
//	/claim/reporter                            PUBLIC        VISIBILITY  STAYS
//	/claim/stance                              PUBLIC        VISIBILITY  STAYS
//	/claim/modality                            PUBLIC        VISIBILITY  STAYS
//	/claim/sourceClass                         PUBLIC        VISIBILITY  STAYS
//	/claim/question                            PUBLIC        VISIBILITY  STAYS
//	/claim/addressee                           PUBLIC        VISIBILITY  STAYS
//	/claim/referredTo                          PUBLIC        VISIBILITY  STAYS
//	/claim/reading                             PUBLIC        VISIBILITY  STAYS
//	/claim/quantity/amount                     PUBLIC        VISIBILITY  STAYS
//	/claim/quantity/bound                      PUBLIC        VISIBILITY  STAYS
//	/claim/quantity/exclusive                  PUBLIC        VISIBILITY  STAYS
//	/claim/quantity/unit                       PUBLIC        VISIBILITY  STAYS
//	/claim/value                               PUBLIC        VISIBILITY  STAYS
//	/declaration/type                          PUBLIC        VISIBILITY  STAYS
//	/declaration/id                            PUBLIC        VISIBILITY  STAYS
//	/declaration/name/en                       PUBLIC        VISIBILITY  STAYS
//	/declaration/name/de                       PUBLIC        VISIBILITY  STAYS
//	/declaration/aliases/*                     PUBLIC        VISIBILITY  STAYS
//	/declaration/valid                         PUBLIC        VISIBILITY  STAYS
//	/declaration/organisation/class            PUBLIC        VISIBILITY  STAYS
//	/declaration/organisation/country          PUBLIC        VISIBILITY  STAYS
//	/declaration/organisation/partOf           PUBLIC        VISIBILITY  STAYS
//	/declaration/organisation/flagged          PUBLIC        VISIBILITY  STAYS
//	/declaration/system/operator               PUBLIC        VISIBILITY  STAYS
//	/declaration/system/partOf                 PUBLIC        VISIBILITY  STAYS
//	/declaration/system/type                   PUBLIC        VISIBILITY  STAYS
//	/declaration/system/vendor                 PUBLIC        VISIBILITY  STAYS
//	/declaration/system/hours                  PUBLIC        VISIBILITY  STAYS
//	/declaration/system/pairingWindow          PUBLIC        VISIBILITY  STAYS
//	/declaration/system/flagged                PUBLIC        VISIBILITY  STAYS
//	/declaration/source/organisation           PUBLIC        CATALOG     STAYS
//	/declaration/source/introduces             PUBLIC        CATALOG     STAYS
//	/declaration/source/heartbeat              PUBLIC        CATALOG     STAYS
//	/declaration/source/ended                  PUBLIC        CATALOG     STAYS
//	/declaration/key/source                    PUBLIC        CATALOG     STAYS
//	/declaration/key/use                       PUBLIC        CATALOG     STAYS
//	/declaration/key/pem                       PUBLIC        CATALOG     STAYS
//	/declaration/key/revoked                   PUBLIC        CATALOG     STAYS
//	/declaration/key/reason                    PUBLIC        CATALOG     STAYS
//	/declaration/agreement/parties/*           PUBLIC        VISIBILITY  STAYS
//	/declaration/agreement/basis               PUBLIC        VISIBILITY  STAYS
//	/declaration/rule/minimum                  PUBLIC        VISIBILITY  STAYS
//	/declaration/rule/maximum                  PUBLIC        VISIBILITY  STAYS
//	/declaration/rule/anchor                   PUBLIC        VISIBILITY  STAYS
//	/declaration/rule/systems/*                PUBLIC        VISIBILITY  STAYS
//	/declaration/rule/basis                    PUBLIC        VISIBILITY  STAYS
//	/declaration/document/publisher            PUBLIC        VISIBILITY  STAYS
//	/declaration/document/published            PUBLIC        VISIBILITY  STAYS
//	/declaration/document/reference            PUBLIC        VISIBILITY  STAYS
//	/link/subject                              PUBLIC        SCOPE       STAYS
//	/link/a/sealer                             PUBLIC        SCOPE       STAYS
//	/link/a/pseudonym                          PSEUDONYMOUS  SCOPE       ORPHANS
//	/link/b/sealer                             PUBLIC        SCOPE       STAYS
//	/link/b/pseudonym                          PSEUDONYMOUS  SCOPE       ORPHANS
//	/link/method                               PUBLIC        SCOPE       STAYS
//	/link/score                                PUBLIC        SCOPE       STAYS
//	/redaction/subject                         PUBLIC        SCOPE       STAYS
//	/redaction/denotes/*/sealer                PUBLIC        SCOPE       STAYS
//	/redaction/denotes/*/pseudonym             PSEUDONYMOUS  SCOPE       ORPHANS
//	/redaction/requester                       PUBLIC        SCOPE       STAYS
//	/redaction/approver                        PUBLIC        SCOPE       STAYS
//	/redaction/basis                           PUBLIC        SCOPE       STAYS
//	/review/decision                           PUBLIC        SCOPE       STAYS
//	/review/finding                            PUBLIC        SCOPE       STAYS
//	/admit/recorded                            PUBLIC        SCOPE       STAYS
//	/admit/source                              PUBLIC        SCOPE       STAYS
//	/admit/outcome                             PUBLIC        SCOPE       STAYS
//	/admit/sequence                            PUBLIC        SCOPE       STAYS
//	/admit/statement                           PUBLIC        SCOPE       STAYS
//	/admit/previous                            PUBLIC        SCOPE       STAYS
//	/admit/key                                 PUBLIC        SCOPE       STAYS
//	/admit/count                               PUBLIC        SCOPE       STAYS
//	/admit/root                                PUBLIC        SCOPE       STAYS
//	/admit/attested                            PUBLIC        SCOPE       STAYS
//	/access/role                               PUBLIC        SCOPE       STAYS
//	/access/organisations/*                    PUBLIC        SCOPE       STAYS
//	/access/way                                PUBLIC        SCOPE       STAYS
//	/access/stage                              PUBLIC        SCOPE       STAYS
//	/access/operation                          PUBLIC        SCOPE       STAYS
//	/access/document                           PUBLIC        SCOPE       STAYS
//	/access/bytes                              PUBLIC        SCOPE       STAYS
//	/access/rows                               PUBLIC        SCOPE       STAYS
//	/access/size                               PUBLIC        SCOPE       STAYS
//	/access/opened/*/subject                   PUBLIC        SCOPE       STAYS
//	/access/opened/*/sealer                    PUBLIC        SCOPE       STAYS
//	/access/opened/*/pseudonyms/*              PSEUDONYMOUS  SCOPE       ORPHANS
//	/access/owners/*                           PUBLIC        SCOPE       STAYS
//	/v                                         PUBLIC        SCOPE       STAYS
//	/sealer                                    PUBLIC        SCOPE       STAYS
//	/source                                    PUBLIC        SCOPE       STAYS
//	/entry                                     PUBLIC        SCOPE       STAYS
//	/sealed/*                                  PUBLIC        SCOPE       STAYS
//	/_sd/*                                     PUBLIC        SCOPE       STAYS
//
// # How an event is sealed
//
// For each sealed value that is there, in the shape of RFC 9901 section 4.2:
//
//	plain    = JCS([base64url(16 random bytes), JSON pointer, value])
//	encoded  = base64url(plain)
//	digest   = base64url(SHA-256(encoded))
//
// The leaf has the sorted digests as _sd and the sorted pointers as sealed (that a value is there is public: whether a
// justification was given is asked often), beside v (version, 1), sealer, source and entry. All base64url is without padding. Values are never empty: an empty field is absent, and has no digest. An entry id is a keyed value of source and the source's
// own id, so nobody can find an entry by guessing ids, and the same event handed in twice meets itself. A reference to
// an earlier event of the same source is written as that event's entry id.
//
// # Empty, withheld, unknown
//
// A field that is absent is empty: the source has nothing there. A field that the source has and keeps back is named
// in withheld by its JSON pointer, with "*" for all places of a list; for what a kind requires it counts as there. A
// time that is absent is unplaced. null is none of these and is refused.
package event

// Package c2pa reads the manifests of pictures: who made or changed a picture with what, as the Coalition for Content
// Provenance and Authenticity specifies it (C2PA 2.1; claims of version 1 and 2). A manifest is read out of a JPEG (segments
// APP11) or a PNG (chunk caBX); pictures of other kinds are hashed, counted and left at that. The picture is hashed as it
// passes and dropped.
//
// # What maps to what
//
//	a picture with ingredients      one DERIVE: each ingredient (parentOf, componentOf, inputTo) as PARENT, the picture as CHILD
//	a picture without, created by a camera or scanner
//	                                one CAPTURE (action c2pa.created; IPTC digital source type of a capture, or none)
//	digest of the picture           images/*/digest: SHA-256 of all of its bytes, computed as they pass
//	digest of an ingredient         withheld: a manifest does not have it
//	labels of manifests, instanceID records: that of the picture, and of each ingredient, so that the two are found together
//	signer                          origin, where the chain of parents ends in a manifest that says that it was created; also to, where
//	                                the profile names no place. The organisation (O) of the certificate's subject, by profile
//	actions                         method: their names, in order, without c2pa. (cropped.color-adjustments)
//	when of the last action         occurred, as the signer says; without one it is not placed in time
//	claim generator, subject, digital source type, what was checked
//	                                in words: text
//
// # What is checked
//
//	signature    the claim, under the leaf of the chain beside it (COSE, x5chain): ES256 to ES512, PS256 to PS512, EdDSA
//	assertions   each has the hash that the claim says, none is there that it does not name; manifests of ingredients likewise
//	binding      the bytes of the picture, without the manifest, have the hash of c2pa.hash.data; of a JPEG it may leave out
//	             segments of metadata before the manifest, too, which the report tells
//	signer       the chain leads to a CA of the trust list that was given, is valid now, and is for signing claims
//
// Manifests of ingredients are checked in the same way, but for the binding; one that is not sound is said in the event, and
// gives no origin. A reference to one may be hashed as in C2PA 1.0, over its claim.
//
// By default a picture whose signature, assertions or binding do not hold gives no event: it is not what the signer signed. Who
// the signer is, is the signer's word until a trust list was given; the event says which of these it was.
//
// # What is not checked
//
// Time stamps (sigTst) and revocation: a certificate that is over counts as not trusted. c2pa.hash.boxes and other bindings than
// c2pa.hash.data: binding is NOT_CHECKED then. Manifests elsewhere (remote, by URL) are not fetched.
//
// # Profiles
//
//	signers: {"Example Camera AG": example-camera}   # O or CN of the subject, or "sha256:…" of the certificate → organisation
//	prefix: signer-                                   # before the others
//	place: {organisation: bka, system: media-archive} # where the pictures are
//	require: sound                                    # or trusted (signer is VALID, too), or any
//	exercise: false
//
// # What it holds
//
// The manifest store, at most 8 MiB, and what stands before it in the file, at most 1 MiB: whatever lengths the file claims.
package c2pa

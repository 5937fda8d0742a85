// Package access decides who a request is from: tokens, the file that keeps them, and the HTTP door in front of
// every handler.
//
// A token is "lsp_" and 43 characters of base64url: 256 random bits. It is shown once, when it is made. The file
// keeps its SHA-256 alone; a plain hash is enough because there is nothing to guess in 256 random bits. A token
// speaks either for a source, which may then hand in events, or for a viewer with a role, who may then read. Never
// for both: whoever feeds the record has no need to read it, its own receipts apart. Every token expires.
//
// The file is JSON, mode 0600, and is replaced as a whole: written beside, synced, renamed. [Store.Authenticate]
// notices a replaced file, so a token revoked by one process is refused by another at its next request. A file that
// others could read is refused, as is one with a member that this version does not know.
//
// A token's name is chosen by the operator and stands in logs; it should name a machine or an office, not a person.
package access

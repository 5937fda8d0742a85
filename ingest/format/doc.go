// Package format is what the readers of foreign formats have in common: how they say what they could not map, and how
// files are told apart.
//
// A reader is one function of a package beside this one (ingest/table, ingest/nist). It takes an [io.Reader] and a
// [Report], and gives native events one after another, as they are read. An error ends the sequence: the file is
// damaged, or not what it was said to be. What is merely not mapped goes into the report, with a count, and nothing is
// left out without standing there.
//
// A reader holds one record at a time. What it allocates is bounded by the largest field that it keeps, never by a
// length that the file claims. Pictures are hashed as they pass and dropped.
package format

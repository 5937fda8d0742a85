// Package trace follows images: where one went, who saw it, where it could have gone, and how each of this is known.
// It is pure algorithms over a [Reader], the log as one viewer sees it as of one tree size; it keeps no state between
// questions and knows no clock. A [Tracer] answers them:
//
//	t := trace.New(reader)
//	t.Match(i)           which receipt a transfer belongs to, and which transfer a receipt
//	t.Unmatched(…)       those that belong to none, with age
//	t.Edges(i)           what one entry does to the graph
//	t.Lineage(ctx, …)    the way of an image, hop by hop, up or down
//	t.Exposure(ctx, …)   every system that holds or held it, everybody that saw it
//	t.Flows(ctx, …)      what went from where to where, added up
//	t.Reach(ctx, …)      could an image of this origin have been there
//
// # Places
//
// A place is a system where one is named, else an organisation. Names are resolved in the catalog as of the tree size, so
// aliases are one place. A system lies within the system that it is part of and within its operator, an organisation
// within the one that it is part of. What is in a part is in the whole. That it is in the whole says only that it may be
// in the part.
//
// # What counts
//
// An entry that the same source superseded counts as what the last correction makes of it, under its own index; where
// the correction brings no content it counts no more. Images that LINK entries say are the same are one image.
//
// # Standing
//
// An edge is RECORDED where one involved party signed it, CORROBORATED where sender and receiver both did: their entries
// are a matched pair that came in through sources of two organisations. It is CONTESTED where it is also denied, CLAIMED
// where it is only asserted or conjectured, DENIED where it is only denied.
//
// # Time
//
// Times are intervals. A hop is left out only where it certainly left before the image came. A time that is unplaced
// excludes nothing.
package trace

// Package cef reads messages in the Common Event Format of ArcSight (CEF implementation standard, versions 0 and 1), in
// which appliances say what was done on them:
//
//	CEF:0|Vendor|Product|1.2|search|Face search|3|rt=1777626000000 suser=u4711 cs1Label=Case cs1=ST 14/26 …
//
// A message has seven fields and an extension of keys and values. In the fields "\|" stands for a pipe and "\\" for a
// backslash; in values "\=", "\\", "\n" and "\r" stand for what they look like. A value goes on to the last space before
// the next key, so it may hold spaces; white space at its end is none of it.
//
// What a key or field means for this log is said by a mapping, the same YAML as for rows (package table). Its columns are
//
//	cef.version, cef.vendor, cef.product, cef.release, cef.class, cef.name, cef.severity   the seven fields
//	suser, rt, cs1, …                                                                       keys, as they are
//	Case                                                                                    cs1 where cs1Label=Case
//
// # What it survives
//
// Equals signs and backslashes that should have been escaped and are not (a key stands after a space and holds letters,
// digits and _ . - [ ] alone; a backslash before any other letter is a backslash), a space after "CEF:", no extension, no
// pipe after the severity, keys that come twice (the first counts). Of text before the first key, and of keys that come
// again, the message says how much there is.
package cef

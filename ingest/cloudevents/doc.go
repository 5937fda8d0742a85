// Package cloudevents reads CloudEvents 1.0 (CNCF), the envelope in which gateways and brokers pass events on: structured, one
// or more objects of JSON; batched, an array of them; and over HTTP also binary, with attributes in ce-* headers.
//
// # What is in the envelope
//
//	datacontenttype            application/fhir+json or fhir+xml, application/vnd.lichtspur.event+json; other JSON and XML by
//	                           dataschema or type, where one of them names ocsf, fhir (or AuditEvent) or lichtspur; else by what
//	                           the data itself has: class_uid → OCSF, resourceType → FHIR, kind → a native event
//	data, data_base64          one record, an array of them, or a Bundle
//	source and id              the id of the event: a CloudEvent that is sent again adds nothing. A native event that has an id
//	                           of its own keeps it, for others refer to it. Of several records the second is …#2, and so on
//	time                       not mapped: the producer may have put there when it sent it. The record's own time counts
//	type, dataschema           only for telling formats apart
//	subject and extensions     not mapped, and counted
//
// What becomes of the record is said by packages event, ingest/ocsf and ingest/fhir, with the same profile.
//
// # What is refused
//
// A CloudEvent without id, source, type or specversion, or of another major version than 1; with both data and data_base64, or
// neither; whose data is none of the formats. Attributes and extensions that this package does not know are taken. In headers a
// value is taken out of quotation marks and percent-decoded once, as the HTTP binding has it (section 3.1.3.2); what is then
// not UTF-8 is refused.
package cloudevents

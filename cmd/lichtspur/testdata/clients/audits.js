// The server audits of GraphQL over HTTP, against the URL given. Prints one JSON object: how many there are, and those
// that are not ok, with what was answered.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
const failed = [];
for (const r of results) {
  if (r.status !== 'ok') {
    failed.push({ id: r.id, name: r.name, status: r.status, reason: r.reason, answer: r.response.status + ' ' + (await r.response.text()) });
  }
}
console.log(JSON.stringify({ total: results.length, failed }));

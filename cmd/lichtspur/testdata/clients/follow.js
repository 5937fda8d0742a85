// Follows the events of the server at the URL given with the client of graphql-sse. The connection is broken under it again
// and again; it goes on with the cursor that it has. Prints a line for each notice, {index, cursor}, for each break,
// and for the end: {errors} where the stream ends with an error, {complete: true}.
import { createClient } from 'graphql-sse';

const [url, after, breaks] = process.argv.slice(2);
const print = (o) => process.stdout.write(JSON.stringify(o) + '\n');

let connections = 0;
const client = createClient({
  url,
  retryAttempts: 100,
  retry: () => new Promise((go) => setTimeout(go, 20)),
  fetchFn: async (...args) => {
    const res = await fetch(...args);
    if (++connections > Number(breaks) || !res.body) return res;
    // The connection ends in the middle of something.
    let left = 2000 + 400 * connections;
    const body = res.body.pipeThrough(new TransformStream({
      transform(chunk, out) {
        if (chunk.length < left) {
          left -= chunk.length;
          out.enqueue(chunk);
          return;
        }
        out.enqueue(chunk.subarray(0, left));
        print({ broken: connections });
        out.error(new Error('broken'));
      },
    }));
    return new Response(body, { status: res.status, headers: res.headers });
  },
});

const request = {
  query: `subscription Follow($after: String, $filter: EventFilter = {exercise: true}) {
    events(after: $after, filter: $filter) { cursor treeSize event { index id kind } } }`,
  variables: after === 'now' ? {} : { after },
};
// Where the connection breaks while the client has something to do it takes the break for an error and gives up (graphql-sse
// 2.6.1, connect): then the page begins anew, as pages do.
let begun = 0;
function follow() {
  if (begun++ > Number(breaks)) {
    print({ failed: 'it does not stay connected' });
    process.exit(1);
  }
  client.subscribe(request, {
    next: ({ data, errors }) => {
      if (errors) return print({ errors });
      request.variables.after = data.events.cursor; // it is read again when the client connects again
      print({ index: data.events.event?.index, cursor: data.events.cursor });
    },
    error: (e) => {
      if (String(e.message) !== 'broken') {
        print({ failed: String(e) });
        process.exit(1);
      }
      setTimeout(follow, 20);
    },
    complete: () => print({ complete: true }),
  });
}
follow();

import { Problem, question } from '../ask'
import { lines, objects } from '../export'
import { events as sheet } from '../sheets'
import type { Language } from '../settings.svelte'
import { graphql, type ResultOf } from '../graphql'
import { row, type Filter, type Order } from './event'

// All events that match a filter, as files: page by page, as of one state of the log. What came is kept outside of the memory of the page,
// as parts of the file that it becomes.

const allQuery = graphql(`query All($filter: EventFilter, $order: EventOrder, $first: Int, $after: String, $asOf: AsOf) {
  events(filter: $filter, order: $order, first: $first, after: $after, asOf: $asOf) { treeSize complete incompleteReason continueFrom pageInfo { hasNextPage endCursor } nodes { ...Row } } }`, [row])
const matchingQuery = graphql('query Matching($filter: EventFilter, $asOf: AsOf) { counts(by: [EXERCISE], filter: $filter, asOf: $asOf) { total superseded complete } }')

/** How many rows a file has at most: a spreadsheet takes 1,048,576. */
export const most = 1_000_000

export interface Asked { filter: Filter, order: Order, treeSize: number }

/** What has come: where to go on, or why not everything came. */
export interface Gathered { parts: Blob[], rows: number, cursor: string | null, done: boolean, reason: string | null }

/** How many match, those that were superseded too; null where the server cannot tell. */
export async function matching({ filter, treeSize }: Asked, signal: AbortSignal): Promise<number | null> {
  const { counts } = await question(matchingQuery, { filter, asOf: { size: treeSize } }, signal)
  return counts.complete ? counts.total + counts.superseded : null
}

const passing = new Set(['NETWORK', 'NO_ANSWER', 'NOT_READY', 'TIMEOUT', 'INTERNAL', 'HTTP_502', 'HTTP_503', 'HTTP_504'])
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** Gathers on from where it is. What fails for a moment is tried again; after that it can be gathered on from the same place. */
export async function gather(g: Gathered, { filter, order, treeSize }: Asked, format: 'csv' | 'json', language: Language, signal: AbortSignal, seen: (rows: number) => void) {
  for (let tries = 0; !g.done;) {
    let page: ResultOf<typeof allQuery>['events']
    try {
      page = (await question(allQuery, { filter, order, first: Math.min(500, most - g.rows), after: g.cursor, asOf: { size: treeSize } }, signal)).events
    } catch (e) {
      if (signal.aborted || !(e instanceof Problem) || !passing.has(e.code) || ++tries > 3) throw e
      await wait(500 * 2 ** tries)
      continue
    }
    tries = 0
    const text = format === 'csv' ? lines(sheet, page.nodes, language) : objects(sheet, page.nodes).map((o, i) => (g.rows + i ? ',\n' : '') + JSON.stringify(o)).join('')
    g.parts.push(new Blob([text]))
    g.rows += page.nodes.length
    g.cursor = page.continueFrom ?? page.pageInfo.endCursor
    const more = page.pageInfo.hasNextPage || page.continueFrom !== null
    if (!page.complete && !page.continueFrom) { g.reason = page.incompleteReason ?? 'INCOMPLETE'; g.done = true }
    else if (!more) g.done = true
    else if (g.rows >= most) { g.reason = `LIMIT_OF_${most}_ROWS`; g.done = true }
    seen(g.rows)
  }
}

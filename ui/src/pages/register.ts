import { question } from '../ask'
import { graphql, type Operation, type ResultOf } from '../graphql'

// What the log declares, each list whole: it is followed from page to page.

export const organisationsQuery = graphql(`query Organisations($after: String) { organisations(first: 500, after: $after) { treeSize pageInfo { hasNextPage endCursor }
  nodes { id name { en de } aliases class country partOf flagged exercise entry } } }`)
export const systemsQuery = graphql(`query Systems($after: String) { systems(first: 500, after: $after) { treeSize pageInfo { hasNextPage endCursor }
  nodes { id name { en de } aliases type operator { id name { en de } } vendor partOf parts flagged exercise entry } } }`)
export const agreementsQuery = graphql(`query Agreements($after: String) { agreements(first: 500, after: $after) { treeSize pageInfo { hasNextPage endCursor }
  nodes { id name { en de } aliases parties { id name { en de } } basis valid exercise entry } } }`)
export const purposesQuery = graphql(`query Purposes($after: String) { purposes(first: 500, after: $after) { treeSize pageInfo { hasNextPage endCursor }
  nodes { id name { en de } aliases basis valid exercise entry } } }`)
export const keysQuery = graphql(`query Keys($after: String) { keys(first: 500, after: $after) { treeSize pageInfo { hasNextPage endCursor }
  nodes { id source use pem valid revoked reason exercise entry } } }`)
export const sourcesQuery = graphql(`query Sources { sources { id name { en de } organisation { id name { en de } } declared ended exercise heartbeatSeconds entries lastEntry lastSign
  batches lastBatch { sequence recorded } forks gaps { from to seconds } silentSeconds overdue operations
  withoutJustification { count share } withoutCase { count share } withoutActor { count share } refused { events newest } treeSize } }`)

export type Organisation = ResultOf<typeof organisationsQuery>['organisations']['nodes'][number]
export type System = ResultOf<typeof systemsQuery>['systems']['nodes'][number]
export type Agreement = ResultOf<typeof agreementsQuery>['agreements']['nodes'][number]
export type Purpose = ResultOf<typeof purposesQuery>['purposes']['nodes'][number]
export type Key = ResultOf<typeof keysQuery>['keys']['nodes'][number]
export type Source = ResultOf<typeof sourcesQuery>['sources'][number]

interface Listing<Row> { treeSize: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Row[] }

/** All rows of a list of the register. Later pages hold for the tree size of the first. */
export async function whole<Name extends string, Row>(operation: Operation<Record<Name, Listing<Row>>, { after?: string | null }>, name: Name, signal: AbortSignal): Promise<{ rows: Row[], treeSize: number }> {
  const rows: Row[] = []
  for (let after: string | null = null; ;) {
    const page: Listing<Row> = (await question(operation, { after }, signal))[name]
    rows.push(...page.nodes)
    if (!page.pageInfo.hasNextPage) return { rows, treeSize: page.treeSize }
    after = page.pageInfo.endCursor
  }
}

import type { Operation } from './graphql'
import { settings } from './settings.svelte'

/** What went wrong with a question: a stable code of the server, or NETWORK. */
export class Problem extends Error {
  constructor(readonly code: string, message: string, readonly status = 0) { super(message) }
}

/** The headers of a question. A browser takes header values by bytes, so what is beyond ASCII is handed to it as UTF-8. */
export function headers(): Record<string, string> {
  const purpose = settings.purpose + (settings.purposeText ? ';' + settings.purposeText : '')
  const h: Record<string, string> = {
    'Content-Type': 'application/json',
    'Lichtspur-Purpose': Array.from(new TextEncoder().encode(purpose.replace(/[\r\n\0]+/g, ' ')), (b) => String.fromCharCode(b)).join(''),
  }
  if (settings.token) h.Authorization = 'Bearer ' + settings.token
  return h
}

/** Asks an operation that graphql() typed. */
export function question<Answer, Variables>(operation: Operation<Answer, Variables>, variables: Variables, signal?: AbortSignal): Promise<Answer> {
  return ask(operation as unknown as string, variables as Record<string, unknown>, signal) as Promise<Answer>
}

/** Asks an operation whose text is made as the page runs, so that nothing is known of its answer. Each question is an entry of the access ledger. */
export async function ask(query: string, variables: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Record<string, any>> {
  let res: Response
  try {
    res = await fetch('/graphql', { method: 'POST', headers: { ...headers(), Accept: 'application/json' }, body: JSON.stringify({ query, variables }), signal })
  } catch (e) {
    if (signal?.aborted) throw e
    throw new Problem('NETWORK', String(e))
  }
  let body: any
  try { body = await res.json() } catch { throw new Problem('NO_ANSWER', 'HTTP ' + res.status, res.status) }
  const error = body.errors?.[0]
  if (error) throw new Problem(error.extensions?.code ?? 'ERROR', error.message, res.status)
  if (!res.ok || !body.data) throw new Problem(body.code ?? 'HTTP_' + res.status, body.detail ?? body.title ?? '', res.status)
  return body.data
}

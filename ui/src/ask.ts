import { untrack } from 'svelte'
import { counted } from './asking.svelte'
import type { Operation } from './graphql'
import { Problem, problemOf } from './problem'
import { settings } from './settings.svelte'

export { Problem }

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

/** Asks an operation whose text is made as the page runs, so that nothing is known of its answer. Each question is an entry of the access ledger; an effect that asks does not ask again because the purpose or the token is changed, which the server may refuse yet. */
export function ask(query: string, variables: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Record<string, any>> { return counted(untrack(() => put(query, variables, signal))) }

async function put(query: string, variables: Record<string, unknown>, signal?: AbortSignal): Promise<Record<string, any>> {
  let res: Response
  try {
    res = await fetch('/graphql', { method: 'POST', headers: { ...headers(), Accept: 'application/graphql-response+json, application/json;q=0.9' }, body: JSON.stringify({ query, variables }), signal })
  } catch (e) {
    if (signal?.aborted) throw e
    throw new Problem('NETWORK', String(e))
  }
  const body = await res.json().catch((e) => { if (signal?.aborted) throw e; return null }), problem = problemOf(res, body)
  if (problem) throw problem
  return body.data
}

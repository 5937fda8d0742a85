import { headers } from './ask'
import type { Operation } from './graphql'
import { Problem, problemOf } from './problem'
import { Messages } from './stream'

/** A payload of a subscription that names where to go on. */
export interface Notice { cursor: string }

export interface Following<N extends Notice> {
  /** A notice; each comes once, in order. */
  notice: (n: N) => void
  /** open: connected. cut: the connection broke and is tried again in so many milliseconds, from the last cursor. */
  state: (state: 'open' | 'cut', wait?: number) => void
  /** It cannot go on. */
  failed: (p: Problem) => void
}

// The server says something every 15 seconds, if only a comment. Who hears nothing for three times as long is cut off and does not know.
const quiet = 45_000
// Reasons of the server to end a stream that trying again cures.
const passing = new Set(['STALLED', 'STOPPING', 'TIMEOUT', 'NOT_READY', 'INTERNAL', 'NETWORK'])

/** What comes of a subscription: an answer each time. */
export interface Listening {
  open: () => void
  next: (result: { data?: any, errors?: { message: string, extensions?: { code?: string } }[] }) => void
}

/** Listens to a subscription until the server says that it is complete, or signal ends it. Throws a Problem where it was not accepted or breaks off. */
export async function listen(query: string, variables: Record<string, unknown>, signal: AbortSignal, to: Listening): Promise<void> {
  const own = new AbortController(), stop = () => own.abort()
  signal.addEventListener('abort', stop)
  let hush = setTimeout(stop, quiet)
  try {
    const res = await fetch('/graphql', { method: 'POST', headers: { ...headers(), Accept: 'text/event-stream' }, body: JSON.stringify({ query, variables }), signal: own.signal })
    if (!res.ok || !res.body || !res.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw problemOf(res, await res.json().catch(() => null)) ?? new Problem('NO_ANSWER', 'no stream came')
    }
    const messages = new Messages(), reader = res.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let open = false; ;) {
      const { done, value } = await reader.read()
      if (done) throw new Problem('NETWORK', 'the stream broke off')
      clearTimeout(hush)
      hush = setTimeout(stop, quiet)
      if (!open) { open = true; to.open() }
      for (const m of messages.push(value)) {
        if (m.event === 'complete') return
        if (m.event === 'next') to.next(JSON.parse(m.data))
        if (signal.aborted) return
      }
    }
  } catch (e) {
    throw e instanceof Problem ? e : new Problem('NETWORK', String(e))
  } finally {
    clearTimeout(hush)
    signal.removeEventListener('abort', stop)
    own.abort()
  }
}

/**
 * Follows a subscription from a cursor, or from now on. Whatever cuts the connection, it goes on with the cursor of the last notice that came, so
 * that nothing is left out and nothing comes twice. Returns what ends it.
 */
export function follow<Field extends string, N extends Notice, Variables extends { after?: string | null }>(operation: Operation<Record<Field, N>, Variables>, variables: Omit<Variables, 'after'>, field: Field, after: string | undefined, to: Following<N>): () => void {
  const ended = new AbortController()
  let tries = 0, waiting = false, timer: ReturnType<typeof setTimeout> | undefined
  const over = () => ended.signal.aborted
  async function connect() {
    waiting = false
    try {
      await listen(operation as unknown as string, { ...variables, after }, ended.signal, {
        open: () => to.state('open'),
        next({ data, errors }) {
          if (over()) return
          if (errors?.[0]) throw new Problem(errors[0].extensions?.code ?? 'ERROR', errors[0].message)
          tries = 0
          after = data[field].cursor
          to.notice(data[field])
        },
      })
      if (!over()) throw new Problem('STOPPING', 'the server ended the stream')
    } catch (e) {
      if (over()) return
      if (e instanceof Problem && !passing.has(e.code) && !/^HTTP_50[234]$/.test(e.code)) { ended.abort(); to.failed(e); return }
      const wait = Math.min(15_000, 500 * 2 ** tries++)
      waiting = true
      to.state('cut', wait)
      timer = setTimeout(connect, wait)
    }
  }
  const online = () => { if (waiting && !over()) { clearTimeout(timer); connect() } }
  addEventListener('online', online)
  connect()
  return () => {
    ended.abort()
    removeEventListener('online', online)
    clearTimeout(timer)
  }
}

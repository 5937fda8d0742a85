import { headers, Problem } from './ask'
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

/**
 * Follows a subscription from a cursor, or from now on. Whatever cuts the connection, it goes on with the cursor of the last notice that came, so
 * that nothing is left out and nothing comes twice. Returns what ends it.
 */
export function follow<N extends Notice>(query: string, variables: Record<string, unknown>, field: string, after: string | undefined, to: Following<N>): () => void {
  let over = false, tries = 0, request: AbortController | undefined, timer: ReturnType<typeof setTimeout> | undefined
  const again = () => {
    if (over) return
    const wait = Math.min(15_000, 500 * 2 ** tries++)
    to.state('cut', wait)
    timer = setTimeout(connect, wait)
  }
  async function connect() {
    const own = request = new AbortController()
    let hush = setTimeout(() => own.abort(), quiet)
    try {
      const res = await fetch('/graphql', { method: 'POST', headers: { ...headers(), Accept: 'text/event-stream' }, body: JSON.stringify({ query, variables: { ...variables, after } }), signal: own.signal })
      if (!res.ok || !res.body || !res.headers.get('content-type')?.startsWith('text/event-stream')) {
        const body = await res.json().catch(() => null), error = body?.errors?.[0]
        throw new Problem(error?.extensions?.code ?? body?.code ?? 'HTTP_' + res.status, error?.message ?? body?.detail ?? '', res.status)
      }
      const messages = new Messages(), reader = res.body.pipeThrough(new TextDecoderStream()).getReader()
      for (let open = false; ;) {
        const { done, value } = await reader.read()
        if (over) return
        if (done) throw new Problem('NETWORK', 'the stream broke off')
        clearTimeout(hush)
        hush = setTimeout(() => own.abort(), quiet)
        if (!open) { open = true; to.state('open') }
        for (const m of messages.push(value)) {
          if (m.event === 'complete') throw new Problem('STOPPING', 'the server ended the stream')
          if (m.event !== 'next') continue
          const { data, errors } = JSON.parse(m.data)
          if (errors?.[0]) throw new Problem(errors[0].extensions?.code ?? 'ERROR', errors[0].message)
          tries = 0
          after = data[field].cursor
          to.notice(data[field])
          if (over) return
        }
      }
    } catch (e) {
      if (over) return
      if (e instanceof Problem && !passing.has(e.code) && !/^HTTP_50[234]$/.test(e.code)) { over = true; to.failed(e) }
      else again()
    } finally {
      clearTimeout(hush)
      own.abort()
    }
  }
  const online = () => { if (timer) { clearTimeout(timer); timer = undefined; if (!over && request?.signal.aborted) connect() } }
  addEventListener('online', online)
  connect()
  return () => {
    over = true
    removeEventListener('online', online)
    clearTimeout(timer)
    request?.abort()
  }
}

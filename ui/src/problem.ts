/** What went wrong with a question: a stable code of the server, or NETWORK, NO_ANSWER or HTTP_ and the status where there is none. */
export class Problem extends Error {
  /** after: how many seconds the server asks to wait for; 0: it says nothing of that. */
  constructor(readonly code: string, message: string, readonly status = 0, readonly after = 0) { super(message) }
}

/** The problem that an answer tells of; null: none. body is what the answer holds, or null where that is no JSON. */
export function problemOf(res: Pick<Response, 'ok' | 'status' | 'headers'>, body: any): Problem | null {
  const after = Number(res.headers.get('Retry-After')) || 0, error = body?.errors?.[0]
  if (error) return new Problem(error.extensions?.code ?? 'ERROR', error.message ?? '', res.status, after)
  if (!body || typeof body !== 'object') return new Problem(res.ok ? 'NO_ANSWER' : 'HTTP_' + res.status, 'HTTP ' + res.status, res.status, after)
  return res.ok && body.data ? null : new Problem(body.code ?? (res.ok ? 'NO_ANSWER' : 'HTTP_' + res.status), body.detail ?? body.title ?? '', res.status, after)
}

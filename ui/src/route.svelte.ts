// The address behind the "#": a page and its parameters, as in #/events?kinds=QUERY. What stands there never reaches a server's
// log, but people send it to each other: so it carries ids and pseudonyms, never digests, names or free text.

export interface Route { page: string, at: string, params: URLSearchParams }

export function parse(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page, ...rest] = path.split('/')
  let at = rest.join('/')
  try { at = decodeURIComponent(at) } catch { /* as it stands */ }
  return { page: page || 'overview', at, params: new URLSearchParams(query ?? '') }
}

export const here = $state({ route: parse(location.hash) })
addEventListener('hashchange', () => { here.route = parse(location.hash) })

export function link(page: string, at = '', params: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value)
  const text = query.toString()
  return '#/' + page + (at ? '/' + encodeURIComponent(at) : '') + (text ? '?' + text : '')
}

/** Changes parameters of the address in place: no step back in the browser's history. An empty value removes one. */
export function amend(change: Record<string, string>) {
  const { page, at, params } = here.route
  const all: Record<string, string> = Object.fromEntries(params)
  history.replaceState(null, '', link(page, at, { ...all, ...change }))
  here.route = parse(location.hash)
}

import type { Word } from './words'

// An address behind the "#": a page, what stands behind it, and parameters, as in #/events?kinds=QUERY. Each page declares what it takes
// (addresses.ts). What it does not take is left out, and the reader is told: nobody is to look at something else than was asked for and
// not know it.

export interface Route { page: string, at: string, params: URLSearchParams }

export function parse(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, '').split('?', 2)
  const [page, ...rest] = path.split('/')
  let at = rest.join('/')
  try { at = decodeURIComponent(at) } catch { /* as it stands */ }
  return { page: page || 'overview', at, params: new URLSearchParams(query ?? '') }
}

export function link(page: string, at = '', params: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value)
  const text = query.toString()
  return '#/' + page + (at ? '/' + encodeURIComponent(at) : '') + (text ? '?' + text : '')
}

/** What a value is wanted to be, as the notice says it: see words/address.ts. */
export type Want = 'choice' | 'date' | 'span' | 'number' | 'pseudonym' | 'entry' | 'country' | 'origin' | 'copy' | 'id'
/** What an id is of, where the record can say whether it knows it. */
export type Of = 'organisation' | 'system' | 'place' | 'source' | 'image' | 'entry' | 'purpose' | 'basis' | 'size'

export interface Sort {
  want: Want
  ok: (value: string, params: URLSearchParams) => boolean
  /** The id that a value names, and of what. */
  names?: (value: string, params: URLSearchParams) => { id: string, of: Of } | null
}
export interface Parameter extends Sort {
  label: Word
  /** A list: what stands between its members. */
  between?: string
}
export interface Declaration { at?: Parameter, params: Record<string, Parameter> }

/** What was left out of an address. name: '' is what stands behind the page. */
export interface Wrong { name: string, value: string, why: Want | 'unknown' | 'twice' | 'order' | 'digest', label?: Word }
/** An id that an address names. */
export interface Naming { name: string, value: string, id: string, of: Of }
export interface Checked { route: Route, wrong: Wrong[], names: Naming[] }

/** An address without what its page does not take. */
export function check(asked: Route, declared: Declaration | undefined): Checked {
  if (!declared) return { route: asked, wrong: [], names: [] }
  const params = new URLSearchParams(), wrong: Wrong[] = [], names: Naming[] = []
  const take = (name: string, value: string, p: Parameter): boolean => {
    if (isDigest(value)) { wrong.push({ name, value, why: 'digest', label: p.label }); return false }
    if (!p.ok(value, asked.params)) { wrong.push({ name, value, why: p.want, label: p.label }); return false }
    const named = p.names?.(value, asked.params)
    if (named) names.push({ name, value, ...named })
    return true
  }
  let at = ''
  if (asked.at && declared.at) { if (take('', asked.at, declared.at)) at = asked.at }
  else if (asked.at) wrong.push({ name: '', value: asked.at, why: isDigest(asked.at) ? 'digest' : 'unknown' })
  for (const name of new Set(asked.params.keys())) {
    const all = asked.params.getAll(name).filter(Boolean), p = Object.hasOwn(declared.params, name) ? declared.params[name] : undefined
    if (!p) { if (all.length) wrong.push({ name, value: all.join(' '), why: all.some(isDigest) ? 'digest' : 'unknown' }); continue }
    if (p.between) {
      const good = all.flatMap((v) => v.split(p.between!)).filter((v) => v && take(name, v, p))
      if (good.length) params.set(name, good.join(p.between))
      continue
    }
    all.forEach((value, i) => {
      if (i > 0) wrong.push({ name, value, why: 'twice', label: p.label })
      else if (take(name, value, p)) params.set(name, value)
    })
  }
  const since = params.get('since'), until = params.get('until')
  if (since && until && since > until + '~') { // ~ is behind all that a more exact time goes on with
    for (const [name, value] of [['since', since], ['until', until]]) {
      wrong.push({ name, value, why: 'order', label: declared.params[name].label })
      params.delete(name)
    }
  }
  return { route: { page: asked.page, at, params }, wrong, names }
}

/** An address without one value of it. */
export function without(asked: Route, declared: Declaration | undefined, out: { name: string, value: string, why?: string }): string {
  const all: Record<string, string> = {}
  for (const name of new Set(asked.params.keys())) {
    const values = asked.params.getAll(name), between = declared?.params[name]?.between
    const kept = between ? values.flatMap((v) => v.split(between)) : values
    const left = name !== out.name ? kept : out.why === 'twice' ? kept.slice(0, 1) : between ? kept.filter((v) => v !== out.value) : []
    all[name] = between ? left.join(between) : left[0] ?? ''
  }
  return link(asked.page, out.name ? asked.at : '', all)
}

const days = (y: number, m: number) => new Date(Date.UTC(y, m, 0)).getUTCDate()

/** Whether it is a time as the server takes it: 2025, 2025-03, 2025-03-01 or 2025-03-01T12:30:00Z, and in the calendar. */
export function isTime(s: string): boolean {
  const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z)?)?)?$/.exec(s)
  if (!m || m[1] === '0000') return false
  const [y, month, day] = [m[1], m[2] ?? '01', m[3] ?? '01'].map(Number)
  return month >= 1 && month <= 12 && day >= 1 && day <= days(y, month)
}

/** The first and the last day of a time, as a field for days shows it. */
export const firstDay = (t: string) => t && (t + '-01-01'.slice(Math.max(0, t.length - 4))).slice(0, 10)
export function lastDay(t: string): string {
  if (t.length >= 10 || !isTime(t)) return t.slice(0, 10)
  const [y, m = '12'] = t.split('-')
  return `${y}-${m}-${days(Number(y), Number(m))}`
}

/** Whether something is, or holds, a digest in hexadecimal digits, MD5 or longer. */
export const isDigest = (v: string) => /(^|[^0-9a-z])[0-9a-f]{32,}($|[^0-9a-z])/i.test(v)

/** One of some values. */
export const oneOf = (...values: readonly string[]): Sort => ({ want: 'choice', ok: (v) => values.includes(v) })
export const yes = oneOf('1')
export const time: Sort = { want: 'date', ok: isTime }
export const day: Sort = { want: 'date', ok: (v) => v.length === 10 && isTime(v) }
/** A stretch of days, open at no end. */
export const span: Sort = { want: 'span', ok: (v) => { const [a, b = a, ...more] = v.split('/'); return !more.length && isTime(a) && isTime(b) && a <= b + '~' } }
export const number = (least: number, most: number): Sort => ({ want: 'number', ok: (v) => /^\d{1,15}$/.test(v) && Number(v) >= least && Number(v) <= most })
export const isPseudonym = (v: string) => /^[\w-]{21}[AQgw]$/.test(v) // 16 bytes in base64url
export const pseudonym = (of?: Of): Sort => ({ want: 'pseudonym', ok: isPseudonym, names: (id) => of ? { id, of } : null })
/** The id of an entry, or its index. */
export const entry: Sort = { want: 'entry', ok: (v) => isPseudonym(v) || /^\d{1,15}$/.test(v) }
export const isCountry = (v: string) => /^[A-Z]{2}$/.test(v) && !!new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(v)
export const country: Sort = { want: 'country', ok: isCountry }
/** An id, or a word of sources, of which the record alone knows what there is. */
export const id = (of?: Of): Sort => ({ want: 'id', ok: (v) => v.trim() === v && v.length <= 200, names: (id) => of ? { id, of } : null })

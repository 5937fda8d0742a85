// The time that flows are shown along: months (or days), one after the other. A few entries that lie far off would make it so long that
// nothing could be read of the rest: they are in one bucket before it and one after it.

export type Step = 'MONTH' | 'DAY'

/** Buckets in order, each a period as the server takes it: 2025-03, or ../2024-12 and 2026-01/.. at the ends. */
export interface Timeline { step: Step, buckets: string[], first: string, last: string }

/** A stretch of it: positions of its first and last bucket. */
export interface Stretch { from: number, to: number }

function next(key: string): string {
  const d = new Date(key.length === 7 ? key + '-01' : key)
  if (key.length === 7) d.setUTCMonth(d.getUTCMonth() + 1)
  else d.setUTCDate(d.getUTCDate() + 1)
  return d.toISOString().slice(0, key.length)
}

function before(key: string): string {
  const d = new Date(key.length === 7 ? key + '-01' : key)
  d.setUTCDate(d.getUTCDate() - 1)
  return d.toISOString().slice(0, key.length)
}

const long = 36

/** The timeline of what happened in these buckets, as often as is said. */
export function timeline(step: Step, counts: Map<string, number>): Timeline {
  const keys = [...counts.keys()].sort()
  if (!keys.length) return { step, buckets: [], first: '', last: '' }
  let first = keys[0], last = keys.at(-1)!
  if (step === 'MONTH' && run(first, last, long + 1).length > long) { // days are those of a stretch that somebody chose
    const all = keys.reduce((n, k) => n + counts.get(k)!, 0)
    let low = 0, high = 0, i = 0, j = keys.length - 1
    while (i < j && (low += counts.get(keys[i])!) < all / 100) i++
    while (j > i && (high += counts.get(keys[j])!) < all / 100) j--
    first = keys[i]
    last = keys[j]
  }
  const buckets = run(first, last)
  if (keys[0] < first) buckets.unshift('../' + before(first))
  if (keys.at(-1)! > last) buckets.push(next(last) + '/..')
  return { step, buckets, first, last }
}

function run(first: string, last: string, most = 5000): string[] {
  const out: string[] = []
  for (let k = first; k <= last && out.length < most; k = next(k)) out.push(k)
  return out
}

/** Where a bucket of the server lies; -1: not on this timeline. */
export function place(t: Timeline, key: string): number {
  if (key < t.first) return t.buckets[0]?.startsWith('..') ? 0 : -1
  if (key > t.last) return t.buckets.at(-1)?.endsWith('..') ? t.buckets.length - 1 : -1
  return t.buckets.indexOf(key)
}

/** Both ends of a bucket; null: open. */
export function ends(bucket: string): [string | null, string | null] {
  const [a, b = a] = bucket.split('/')
  return [a === '..' ? null : a, b === '..' ? null : b]
}

/** What the server and the address take for a stretch: since and until, '' where it is open. */
export function period(t: Timeline, s: Stretch): { since: string, until: string } {
  const whole = s.from <= 0 && s.to >= t.buckets.length - 1
  if (whole || !t.buckets.length) return { since: '', until: '' }
  return { since: ends(t.buckets[s.from])[0] ?? '', until: ends(t.buckets[s.to])[1] ?? '' }
}

/** The stretch that begins and ends in these; what is '' or not there is the end of the timeline. */
export function stretch(t: Timeline, since: string, until: string): Stretch {
  const n = Math.max(0, t.buckets.length - 1), digits = t.step === 'MONTH' ? 7 : 10
  const at = (key: string, or: number) => { const i = place(t, key.slice(0, digits)); return i < 0 ? or : i }
  const from = since ? at(since, since > t.last ? n : 0) : 0, to = until ? at(until, until < t.first ? 0 : n) : n
  return { from, to: Math.max(from, to) }
}

/** Whether a time that is wider than a bucket, or none at all, may have been in the stretch. */
export function touches(t: Timeline, s: Stretch, wider: string | null): boolean {
  if (!wider || (s.from <= 0 && s.to >= t.buckets.length - 1)) return true
  const [a, b] = ends(wider), { since, until } = period(t, s)
  return (!until || !a || a <= until + '~') && (!since || !b || b + '~' >= since)
}

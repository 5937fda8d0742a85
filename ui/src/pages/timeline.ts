// The time that flows are shown along: months (or days), one after the other. A few entries that lie far off would make it so long that
// nothing could be read of the rest: they are in one bucket before it and one after it. What was chosen is on it in any case, also where
// nothing is recorded: a filter takes months off the end of what is recorded, and none may be shown in the place of another.
import { firstDay, lastDay } from '../address'

export type Step = 'MONTH' | 'DAY'

/** Buckets in order, each a period as the server takes it: 2025-03, or ../2024-12 and 2026-01/.. at the ends. first and last: of those that follow each other where something is recorded, '' where nothing is. */
export interface Timeline { step: Step, buckets: string[], first: string, last: string }

/** A stretch as the address and the server take it, '' where it is open. */
export interface Period { since: string, until: string }

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

const long = { MONTH: 36, DAY: 400 }
const digits = { MONTH: 7, DAY: 10 }

/** The timeline of what happened in these buckets, as often as is said, on which the chosen stretch has ends of its own. */
export function timeline(step: Step, counts: Map<string, number>, { since, until }: Period = { since: '', until: '' }): Timeline {
  const keys = [...counts.keys()].sort()
  let first = keys[0] ?? '', last = keys.at(-1) ?? ''
  if (step === 'MONTH' && first && run(first, last, long.MONTH + 1).length > long.MONTH) { // days are those of a stretch that somebody chose
    const all = keys.reduce((n, k) => n + counts.get(k)!, 0)
    let low = 0, high = 0, i = 0, j = keys.length - 1
    while (i < j && (low += counts.get(keys[i])!) < all / 100) i++
    while (j > i && (high += counts.get(keys[j])!) < all / 100) j--
    first = keys[i]
    last = keys[j]
  }
  const from = firstDay(since).slice(0, digits[step]), to = until < '9999' ? lastDay(until).slice(0, digits[step]) : '' // no month follows on that year
  const outside = (key: string) => key && (key < first || key > last)
  // Where what is recorded begins and what follows on it, and the same of what was chosen beyond it.
  const cuts = [...new Set([...first ? [first, next(last)] : [], ...outside(from) ? [from] : [], ...outside(to) ? [next(to)] : []])].sort()
  if (!cuts.length) return { step, buckets: [], first, last }
  const one = cuts[0], end = cuts.at(-1)!, short = run(one, before(end), long[step] + 1).length <= long[step]
  const buckets = cuts.slice(1).flatMap((cut, i) => {
    const a = cuts[i], b = before(cut)
    return short || a === first ? run(a, b) : [a === b ? a : a + '/' + b]
  })
  if (keys[0] < one || !from && to && one === next(to)) buckets.unshift('../' + before(one))
  if (keys.at(-1)! >= end || !to && end === from) buckets.push(end + '/..')
  return { step, buckets, first, last }
}

function run(first: string, last: string, most = 5000): string[] {
  const out: string[] = []
  for (let k = first; k <= last && out.length < most; k = next(k)) out.push(k)
  return out
}

/** Where a month or day lies; -1: not on this timeline. */
export function place(t: Timeline, key: string): number {
  const i = t.buckets.indexOf(key)
  return i >= 0 ? i : t.buckets.findIndex((bucket) => { const [a, b] = ends(bucket); return (a === null || a <= key) && (b === null || key <= b) })
}

/** Both ends of a bucket; null: open. */
function ends(bucket: string): [string | null, string | null] {
  const [a, b = a] = bucket.split('/')
  return [a === '..' ? null : a, b === '..' ? null : b]
}

/** What the server and the address take for a stretch: all of the timeline is all time. */
export function period(t: Timeline, s: Stretch): Period {
  const whole = s.from <= 0 && s.to >= t.buckets.length - 1
  if (whole || !t.buckets.length) return { since: '', until: '' }
  return { since: ends(t.buckets[s.from])[0] ?? '', until: ends(t.buckets[s.to])[1] ?? '' }
}

/** The stretch that begins and ends in these; what is '' or not there is the end of the timeline. */
export function stretch(t: Timeline, { since, until }: Period): Stretch {
  const n = Math.max(0, t.buckets.length - 1), at = (day: string) => place(t, day.slice(0, digits[t.step]))
  const from = since ? Math.max(0, at(firstDay(since))) : 0, to = until ? at(lastDay(until)) : n
  return { from, to: to < from ? n : to }
}

/** The first and the last moment of a time, to compare it with others: '' and '~', which is behind all, where it is open. */
export interface Span { begin: string, end: string }

/** Of a time as the server gives it, 2025-03 or ../2020-02-27; null: not placed in time. */
export function span(time: string | null): Span {
  const [a, b] = ends(time ?? '../..')
  return { begin: !a ? '' : a.length > 10 ? a : firstDay(a), end: (!b ? '' : b.length > 10 ? b : lastDay(b)) + '~' }
}

/** Whether a time lies in another. */
export const within = (inner: Span, outer: Span) => inner.begin >= outer.begin && inner.end <= outer.end

/** Whether some of a time may lie in another. */
export const touches = (a: Span, b: Span) => a.begin <= b.end && a.end >= b.begin

/** The days from the first to the last of these and of what was chosen, which may lie beyond them where an address was written by hand. */
export function hull(days: string, { since, until }: Period): string {
  const [a, b = a] = days.split('/'), times = [a, b, since, until].filter(Boolean)
  const least = times.reduce((x, y) => span(y).begin < span(x).begin ? y : x), most = times.reduce((x, y) => span(y).end > span(x).end ? y : x)
  return least + '/' + most
}

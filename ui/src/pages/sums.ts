import type { Sum } from '../format'
import type { Moved, Row } from './flow'
import { place, timeline, touches, type Step, type Stretch, type Timeline } from './timeline'

// Flows of a stretch of time, added up from rows by bucket. Nothing is made more exact than it is: what sender and receiver each recorded
// may be the same transfer or two, and what is wider than a bucket, or not placed in time, may or may not have been in the stretch.

export interface Bounds { atLeast: number, atMost: number }

/** What somebody says of a flow: the claim, its stance, and how much, in words, if that was said. */
export interface Word { id: string, stance: string, claimant: string, quantity: string }

export interface Flow {
  key: string, from: string, to: string, standing: string
  transfers: Bounds, sent: number, received: number, other: number, unplaced: number, exercise: number, entries: number
  /** What was moved, by unit. */
  moved: Sum[], unstated: number, words: Word[]
}

/** A row, made ready for adding up: at is its bucket; null where it has none, with the longer time that holds it, if one is known. */
export interface Item { key: string, from: string, to: string, standing: string, row: Row | null, at: number | null, wider: string | null, words: Word[], exercise: boolean }

/** The id of an end of a flow, or why there is none. */
export const nodeOf = (v: { value: string | null, absent: string | null }) => v.value ?? '?' + (v.absent ?? 'EMPTY')

export function timelineOf(step: Step, rows: Row[], times: string[] = []): Timeline {
  const counts = new Map<string, number>()
  for (const r of rows) if (r.at?.value && !r.at.absent) counts.set(r.at.value, (counts.get(r.at.value) ?? 0) + r.count)
  for (const t of times) counts.set(t, (counts.get(t) ?? 0) + 1)
  return timeline(step, counts)
}

export function itemOf(t: Timeline, row: Row, standing: string): Item {
  const from = nodeOf(row.from), to = nodeOf(row.to), exact = !!row.at?.value && !row.at.absent
  return { key: [from, to, standing].join('\n'), from, to, standing, row, at: exact ? place(t, row.at!.value!) : null, wider: exact ? null : row.at?.value ?? null, words: [], exercise: row.exercise > 0 }
}

/** Entries in each bucket, for drawing the time. */
export function histogram(t: Timeline, items: Item[]): number[] {
  const out = new Array<number>(t.buckets.length).fill(0)
  for (const i of items) if (i.at !== null && i.row) out[i.at] += i.row.count
  return out
}

class Tally {
  sent = 0; received = 0; other = 0; maybe = 0; exercise = 0; entries = 0; unstated = 0
  listed = [0, 0, 0]
  units: Map<string, Sum>[] = [new Map(), new Map(), new Map()]
  add(r: Row) {
    this.sent += r.sent.entries
    this.received += r.received.entries
    this.other += r.other.entries
    this.exercise += r.exercise
    this.entries += r.count
    this.side(0, r.sent)
    this.side(1, r.received)
    this.side(2, r.other)
  }
  private side(i: number, m: Moved) {
    this.listed[i] += m.listed
    this.unstated += m.unstated
    for (const q of m.quantities) {
      const s = this.units[i].get(q.unit)
      if (!s) { this.units[i].set(q.unit, { ...q }); continue }
      s.entries += q.entries
      s.atLeast += q.atLeast
      s.atMost = s.atMost === null || q.atMost === null ? null : s.atMost + q.atMost
      s.exact &&= q.exact
      s.about = s.about === null ? q.about : s.about + (q.about ?? 0)
    }
  }
}

/** What was moved in all: at least what one side says, and what was done without another side. An entry that lists its images lists one or more. */
function movedOf(t: Tally): Sum[] {
  const units = new Set(t.units.flatMap((u) => [...u.keys()]))
  if (t.listed.some((n) => n)) units.add('IMAGE')
  return [...units].sort().map((unit) => {
    const [sent, received, other] = t.units.map((u, i) => {
      const s = u.get(unit), listed = unit === 'IMAGE' ? t.listed[i] : 0
      return { atLeast: (s?.atLeast ?? 0) + listed, atMost: listed ? null : s ? s.atMost : 0, about: s?.about ?? null, exact: listed ? false : s?.exact ?? true, entries: (s?.entries ?? 0) + listed }
    })
    const atLeast = Math.max(sent.atLeast, received.atLeast) + other.atLeast
    const atMost = sent.atMost === null || received.atMost === null || other.atMost === null || t.unstated ? null : sent.atMost + received.atMost + other.atMost
    const abouts = [sent, received, other].map((s) => s.about).filter((n) => n !== null)
    return { unit, entries: sent.entries + received.entries + other.entries, atLeast, atMost, exact: atMost === atLeast && !abouts.length, about: abouts.length ? Math.max(...abouts) : null }
  })
}

/** The flows of a stretch. all: what is not placed in time counts as what may have been. */
export function flowsIn(t: Timeline, items: Item[], s: Stretch, all = true): Flow[] {
  const flows = new Map<string, { item: Item, tally: Tally, words: Word[] }>()
  const whole = s.from <= 0 && s.to >= t.buckets.length - 1
  for (const i of items) {
    const certain = i.at !== null ? i.at >= s.from && i.at <= s.to : whole
    if (!certain && (i.at !== null || !all || !touches(t, s, i.wider))) continue
    if (i.at === null && !all) continue
    let f = flows.get(i.key)
    if (!f) flows.set(i.key, f = { item: i, tally: new Tally(), words: [] })
    if (i.row) certain ? f.tally.add(i.row) : f.tally.maybe += i.row.count
    if (i.words.length) f.words = f.words.concat(i.words)
  }
  return [...flows.values()].map(({ item, tally: x, words }) => ({
    key: item.key, from: item.from, to: item.to, standing: item.standing,
    transfers: { atLeast: Math.max(x.sent, x.received) + x.other, atMost: (item.standing === 'CORROBORATED' ? Math.max(x.sent, x.received) : x.sent + x.received) + x.other + x.maybe },
    sent: x.sent, received: x.received, other: x.other, unplaced: x.maybe, exercise: item.row ? x.exercise : item.exercise ? 1 : 0, entries: x.entries,
    moved: movedOf(x), unstated: x.unstated, words,
  }))
}

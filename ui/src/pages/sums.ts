import type { Amount, Sum } from '../format'
import type { Moved, Row, Spoken } from './flow'
import { place, span, touches, within, type Span, type Step, type Timeline } from './timeline'

// Flows of a stretch of time, added up from rows by bucket. Nothing is made more exact than it is: what sender and receiver each recorded
// may be the same transfer or two until the server has put them together, and what is wider than a bucket, or not placed in time, may or
// may not have been in the stretch.

export interface Bounds { atLeast: number, atMost: number }

/** What somebody says of a flow: the claim, its stance, and how much, if that was said. */
export interface Word { id: string, stance: string, claimant: string, quantity: Amount | null }

export interface Flow {
  key: string, from: string, to: string, standing: string
  /** Recorded: 0 where it is only spoken of. */
  transfers: Bounds, sent: number, received: number, other: number, unplaced: number, exercise: number, entries: number
  /** Entries of which it is not certain that they were in the time: the others are those above. */
  uncertain: { entries: number, exercise: number }
  /** What was moved, by unit, as recorded; or, where nothing is, as said. */
  moved: Sum[], unstated: number, words: Word[]
  /** How many such flows somebody spoke of in earnest: exercise data is not among them. */
  earnest: number
}

/** A row, made ready for adding up, and its time, as exact as it is known. exact: as a bucket, at least. */
export interface Item { key: string, from: string, to: string, standing: string, row: Row | null, spoken: Spoken | null, time: Span, exact: boolean }

/** The id of an end of a flow, or why there is none. */
const nodeOf = (v: { value: string | null, absent: string | null }) => v.value ?? '?' + (v.absent ?? 'EMPTY')

/** Entries in each month or day of which there are some. */
export function countsOf(rows: Row[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const r of rows) if (r.at?.value && !r.at.absent) counts.set(r.at.value, (counts.get(r.at.value) ?? 0) + r.count)
  return counts
}

export function itemOf(row: Row): Item {
  const from = nodeOf(row.from), to = nodeOf(row.to), standing = row.split[0]?.value ?? 'RECORDED'
  return { key: [from, to, standing].join('\n'), from, to, standing, row, spoken: null, time: span(row.at?.value ?? null), exact: !!row.at?.value && !row.at.absent }
}

/** What is spoken of has the time that its propositions have, where they agree on one. */
export function spokenItem(step: Step, spoken: Spoken): Item {
  const from = nodeOf(spoken.from), to = nodeOf(spoken.to), standing = spoken.split[0]?.value ?? 'CLAIMED'
  const times = [...new Set(spoken.claims.map((c) => c.proposition.at))], time = times.length === 1 ? times[0] : null
  return { key: [from, to, standing].join('\n'), from, to, standing, row: null, spoken, time: span(time), exact: !!time && !time.includes('/') && time.length >= (step === 'MONTH' ? 7 : 10) }
}

/**
 * How many entries a list of a stretch has, by sender and receiver: each as it says itself, where of a transfer whose sides were put
 * together both are where and when the sender says. What is not placed in time is in no list of a part of it.
 */
export function entriesIn(rows: Row[], time: Span): Map<string, Bounds> {
  const entries = new Map<string, Bounds>()
  for (const r of rows) {
    const at = span(r.at?.value ?? null), certain = within(at, time)
    if (!certain && (r.at?.absent === 'UNPLACED' || !touches(at, time))) continue
    const ends = nodeOf(r.from) + '\n' + nodeOf(r.to), n = entries.get(ends) ?? { atLeast: 0, atMost: 0 }
    entries.set(ends, { atLeast: n.atLeast + (certain ? r.count : 0), atMost: n.atMost + r.count })
  }
  return entries
}

/** Entries in each bucket, for drawing the time. */
export function histogram(t: Timeline, counts: Map<string, number>): number[] {
  const out = new Array<number>(t.buckets.length).fill(0)
  for (const [key, n] of counts) out[place(t, key)] += n
  return out
}

class Tally {
  sent = 0; received = 0; other = 0; maybe = 0; exercise = 0; entries = 0; unstated = 0; earnest = 0
  /** As the server put the sides together; NaN where it did not. */
  transfers = 0
  uncertain = { entries: 0, exercise: 0 }
  listed = [0, 0, 0]
  units: Map<string, Sum>[] = [new Map(), new Map(), new Map()]
  words: Word[] = []
  said: Sum[] = []
  add(r: Row) {
    this.sent += r.sent.entries
    this.received += r.received.entries
    this.other += r.other.entries
    this.exercise += r.exercise
    this.entries += r.count
    this.transfers += r.transfers ?? NaN
    this.side(0, r.sent)
    this.side(1, r.received)
    this.side(2, r.other)
  }
  doubt(r: Row) {
    this.maybe += r.transfers ?? r.count
    this.uncertain.entries += r.count
    this.uncertain.exercise += r.exercise
  }
  speak(s: Spoken) {
    this.exercise += s.claimed!.exercise
    this.earnest += s.claimed!.flows - s.claimed!.exercise
    this.unstated += s.claimed!.unstated
    this.said = this.said.concat(s.claimed!.quantities)
    this.words = this.words.concat(s.claims.map((c) => ({ id: c.id, stance: c.stance, claimant: c.claimant.id, quantity: c.quantity })))
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
  bounds(): Bounds {
    const within = this.other + this.maybe
    if (!isNaN(this.transfers)) return { atLeast: this.transfers, atMost: this.transfers + this.maybe }
    return { atLeast: Math.max(this.sent, this.received) + this.other, atMost: this.sent + this.received + within }
  }
  /** What was moved in all: at least what one side says, and what was done without another side. An entry that lists its images lists one or more. */
  moved(): Sum[] {
    const units = new Set(this.units.flatMap((u) => [...u.keys()]))
    if (this.listed.some((n) => n)) units.add('IMAGE')
    return [...units].sort().map((unit) => {
      const [sent, received, other] = this.units.map((u, i) => {
        const s = u.get(unit), listed = unit === 'IMAGE' ? this.listed[i] : 0
        return { atLeast: (s?.atLeast ?? 0) + listed, atMost: listed ? null : s ? s.atMost : 0, about: s?.about ?? null, entries: (s?.entries ?? 0) + listed }
      })
      const atLeast = Math.max(sent.atLeast, received.atLeast) + other.atLeast
      const atMost = sent.atMost === null || received.atMost === null || other.atMost === null || this.unstated ? null : sent.atMost + received.atMost + other.atMost
      const abouts = [sent, received, other].map((s) => s.about).filter((n) => n !== null)
      return { unit, entries: sent.entries + received.entries + other.entries, atLeast, atMost, exact: atMost === atLeast && !abouts.length, about: abouts.length ? Math.max(...abouts) : null }
    }).concat(this.said)
  }
}

/** The flows of a time. all: what is not placed in time counts as what may have been. */
export function flowsIn(items: Item[], time: Span, all = true): Flow[] {
  const flows = new Map<string, { item: Item, tally: Tally }>()
  for (const i of items) {
    if (!i.exact && !all) continue
    const certain = within(i.time, time)
    if (!certain && !touches(i.time, time)) continue
    let f = flows.get(i.key)
    if (!f) flows.set(i.key, f = { item: i, tally: new Tally() })
    if (i.spoken) f.tally.speak(i.spoken)
    else if (certain) f.tally.add(i.row!)
    else f.tally.doubt(i.row!)
  }
  return [...flows.values()].map(({ item: { key, from, to, standing }, tally: x }) => ({
    key, from, to, standing, transfers: x.bounds(), sent: x.sent, received: x.received, other: x.other, unplaced: x.maybe, exercise: x.exercise, entries: x.entries, uncertain: x.uncertain,
    get moved() { return x.moved() }, unstated: x.unstated, words: x.words, earnest: x.earnest, // asked for by few, and the dearest
  }))
}

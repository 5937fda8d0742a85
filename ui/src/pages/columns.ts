import type { Flow } from './sums'

// Senders in a column at the left, receivers in one at the right, flows between: cycles are as easy to draw as anything else. Rows of one
// organisation stand together, and the order lets few flows cross. The order comes from all time, so that nothing jumps when a stretch
// of it is chosen.

export interface Spot {
  id: string
  /** Those that this row stands for: itself, or what there was no room for. */
  ids: string[]
  group: string
  /** Where it stands for what there was no room for, of one country: which. */
  country?: string
  /** The first of its group. */
  leads: boolean
}

export interface Columns { left: Spot[], right: Spot[] }

/** Id of the row of those that there was no room for; of one country, the beginning of it. */
export const others = '…'

/** Whether a row stands for what there was no room for. */
export const bundled = (s: { id: string }) => s.id.startsWith(others)

/** How many rows there are, where each name belongs, and the countries of which all are shown however many rows that takes. */
export interface Room { rows: number, countryOf: (id: string) => string, open: string[] }

/** What makes a row worth its place: what is recorded, and each word that somebody said of it. */
const weight = (f: Flow) => f.transfers.atLeast + f.words.length

export function columns(flows: Flow[], groupOf: (id: string) => string, room: Room): Columns {
  const left = spots(flows, [(f) => f.from], groupOf, room), right = spots(flows, [(f) => f.to], groupOf, room)
  // A few turns of ordering each side by where the other side's ends are (barycentres).
  for (let turn = 0; turn < 4; turn++) {
    order(right, flows, (f) => f.to, (f) => f.from, left)
    order(left, flows, (f) => f.from, (f) => f.to, right)
  }
  for (const s of [left, right]) s.forEach((spot, i) => { spot.leads = i === 0 || s[i - 1].group !== spot.group })
  return { left, right }
}

/** What is at these ends of flows, the largest first. Where there is not room for all the others are one row for each country that has several, and one for the rest. */
export function spots(flows: Flow[], ends: ((f: Flow) => string)[], groupOf: (id: string) => string, { rows, countryOf, open }: Room): Spot[] {
  const sums = new Map<string, number>()
  for (const f of flows) for (const end of ends) sums.set(end(f), (sums.get(end(f)) ?? 0) + weight(f))
  const ids = [...sums.keys()].sort((a, b) => sums.get(b)! - sums.get(a)! || (a < b ? -1 : 1))
  const one = (id: string): Spot => ({ id, ids: [id], group: groupOf(id), leads: false })
  if (ids.length <= rows) return ids.map(one)
  const known = new Set(ids.slice(rows - 1).map(countryOf)), most = Math.min(Math.floor(rows / 4), known.size - (known.has('') ? 1 : 0)) + 1
  const own = ids.slice(0, rows - most), rest = new Map<string, string[]>()
  for (const id of ids.slice(own.length)) {
    const c = countryOf(id)
    if (open.includes(c)) own.push(id)
    else rest.set(c, [...rest.get(c) ?? [], id])
  }
  const sum = (all: string[]) => all.reduce((n, id) => n + sums.get(id)!, 0)
  const countries = [...rest].filter(([c, all]) => c && all.length > 1).sort(([a, x], [b, y]) => sum(y) - sum(x) || (a < b ? -1 : 1)).slice(0, most - 1)
  for (const [c] of countries) rest.delete(c)
  const last = [...rest.values()].flat()
  if (last.length === 1) own.push(last.pop()!)
  return [...own.map(one), ...countries.map(([country, all]) => ({ id: others + country, ids: all, group: others, country, leads: false })), ...last.length ? [{ id: others, ids: last, group: others, leads: false }] : []]
}

function order(spots: Spot[], flows: Flow[], end: (f: Flow) => string, far: (f: Flow) => string, other: Spot[]) {
  const at = new Map(other.flatMap((s, i) => s.ids.map((id) => [id, i / other.length] as const)))
  const means = new Map<string, [sum: number, n: number]>()
  for (const f of flows) {
    const m = means.get(end(f)) ?? [0, 0], w = Math.sqrt(weight(f)) || 1
    means.set(end(f), [m[0] + at.get(far(f))! * w, m[1] + w])
  }
  const mean = (id: string) => { const m = means.get(id); return m ? m[0] / m[1] : 1 }
  const of = new Map(spots.map((s) => [s.id, s.id === others ? 3 : bundled(s) ? 2 : mean(s.id)]))
  const groups = new Map<string, number[]>()
  for (const s of spots) groups.set(s.group, [...groups.get(s.group) ?? [], of.get(s.id)!])
  const ofGroup = new Map([...groups].map(([g, all]) => [g, all.reduce((a, b) => a + b, 0) / all.length]))
  spots.sort((a, b) => ofGroup.get(a.group)! - ofGroup.get(b.group)! || (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) || of.get(a.id)! - of.get(b.id)! || (a.id < b.id ? -1 : 1))
}

export interface Row extends Spot { y: number, height: number }

/** Rows of a side, each as high as its part of all that goes, and high enough to be read; spread over a height where there is room. */
export function rows(spots: Spot[], flows: Flow[], end: (f: Flow) => string, height: number, least: number, most: number): Row[] {
  const sums = new Map<string, number>()
  for (const f of flows) sums.set(end(f), (sums.get(end(f)) ?? 0) + f.transfers.atLeast)
  const of = (s: Spot) => s.ids.reduce((n, id) => n + (sums.get(id) ?? 0), 0), top = Math.max(1, ...sums.values())
  const heights = spots.map((s) => Math.max(least, Math.min(most, of(s) / top * most)))
  const gap = Math.max(0, Math.min(14, (height - heights.reduce((a, b) => a + b, 0)) / Math.max(1, spots.length - 1)))
  let y = 0
  return spots.map((s, i) => { const r = { ...s, y, height: heights[i] }; y += heights[i] + gap; return r })
}

/** A band: of one flow, or of several of one standing that go between the same rows. */
export interface Ribbon { key: string, standing: string, flows: Flow[], amount: number, y1: number, y2: number, width: number, /** Of its own at its receiver. */ room: number }

/** Flows as bands between rows, and how wide one transfer is: each begins and ends within its rows, in the order in which the others lie. Widths are in proportion to what is certain, and as large as all rows allow; to and from what there was no room for they may be less. */
export function ribbons(flows: Flow[], left: Row[], right: Row[]): { bands: Ribbon[], scale: number } {
  const index = (rows: Row[]) => new Map(rows.flatMap((r) => r.ids.map((id) => [id, r] as const)))
  const l = index(left), r = index(right), bundles = new Map<string, Ribbon & { from: Row, to: Row }>()
  for (const flow of flows) {
    const from = l.get(flow.from)!, to = r.get(flow.to)!, key = [from.id, to.id, flow.standing].join('\n')
    let b = bundles.get(key)
    if (!b) bundles.set(key, b = { key, standing: flow.standing, flows: [], amount: 0, y1: 0, y2: 0, width: 0, room: 0, from, to })
    b.flows.push(flow)
    b.amount += flow.transfers.atLeast
  }
  const all = [...bundles.values()]
  const rowsOf = (end: 'from' | 'to') => { const by = new Map<Row, typeof all>(); for (const x of all) { const own = by.get(x[end]); own ? own.push(x) : by.set(x[end], [x]) } return by }
  const out = rowsOf('from'), into = rowsOf('to'), scales = new Map<Row, number>()
  let scale = Infinity
  for (const by of [out, into]) for (const [row, own] of by) {
    const n = own.reduce((n, x) => n + x.amount, 0), most = n ? (row.height - 4) / n : Infinity
    if (bundled(row)) scales.set(row, most)
    else scale = Math.min(scale, most)
  }
  for (const x of all) {
    const own = Math.min(scale, scales.get(x.from) ?? Infinity, scales.get(x.to) ?? Infinity)
    x.width = x.flows.some((f) => f.transfers.atMost) ? Math.max(x.standing === 'CORROBORATED' ? 3.2 : 1.2, x.amount ? x.amount * own : 0) : 1.5
  }
  const ports = (by: Map<Row, typeof all>, far: 'from' | 'to', y: 'y1' | 'y2') => {
    for (const [row, own] of by) {
      own.sort((a, b) => a[far].y - b[far].y)
      // Thin lines are wider than their part: where that is too much for the row they lie closer.
      const sum = own.reduce((n, x) => n + x.width + 1, 0), squeeze = Math.min(1, (row.height - 2) / sum)
      let top = row.y + (row.height - sum * squeeze) / 2
      for (const x of own) { x[y] = top + (x.width + 1) * squeeze / 2; top += x.room = (x.width + 1) * squeeze }
    }
  }
  ports(out, 'to', 'y1')
  ports(into, 'from', 'y2')
  return { bands: all, scale: isFinite(scale) ? scale : 0 }
}

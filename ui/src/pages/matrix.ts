import { bundled, spots, type Room, type Spot } from './columns'
import type { Bounds, Flow } from './sums'

// The same flows as a square: who sends is a row, who receives a column, both in one order, so that what goes both ways lies on both sides of the
// diagonal, and what stays within a system is on it.

export type Order = 'amount' | 'country'

export interface Cell {
  key: string, row: number, column: number, flows: Flow[], amount: Bounds
  /** What the cell looks like: the standing of what is recorded, the weightiest first; else of what is said. */
  standing: string
  /** Standings that a mark tells of. */
  marked: string[]
  /** 0: nothing recorded; else 1, and one more for each tenfold. */
  shade: number
}

export interface Matrix { spots: Spot[], cells: Cell[] }

const precedence = ['CONTESTED', 'CORROBORATED', 'RECORDED', 'DENIED', 'CLAIMED', 'NO_INFORMATION']

/** Names in the order wanted: those with most first, or country by country. */
export function axis(flows: Flow[], groupOf: (id: string) => string, room: Room, order: Order): Spot[] {
  const all = spots(flows, [(f) => f.from, (f) => f.to], groupOf, room)
  if (order === 'amount') return all
  const at = new Map(all.map((s, i) => [s, i])), country = (s: Spot) => s.country ?? (bundled(s) ? '~~' : room.countryOf(s.id) || '~')
  return [...all].sort((a, b) => (country(a) < country(b) ? -1 : country(a) > country(b) ? 1 : 0) || Number(bundled(a)) - Number(bundled(b)) || at.get(a)! - at.get(b)!)
}

export function matrix(flows: Flow[], axis: Spot[]): Matrix {
  const at = new Map(axis.flatMap((s, i) => s.ids.map((id) => [id, i] as const))), cells = new Map<string, Cell>()
  for (const f of flows) {
    const row = at.get(f.from), column = at.get(f.to)
    if (row === undefined || column === undefined) continue
    const key = row + ',' + column
    let c = cells.get(key)
    if (!c) cells.set(key, c = { key, row, column, flows: [], amount: { atLeast: 0, atMost: 0 }, standing: '', marked: [], shade: 0 })
    c.flows.push(f)
    c.amount.atLeast += f.transfers.atLeast
    c.amount.atMost += f.transfers.atMost
  }
  for (const c of cells.values()) {
    const there = precedence.filter((s) => c.flows.some((f) => f.standing === s)), recorded = c.flows.filter((f) => f.transfers.atMost)
    c.standing = precedence.find((s) => recorded.some((f) => f.standing === s)) ?? there[0]
    c.marked = there.filter((s) => s !== 'RECORDED' && s !== 'CORROBORATED')
    c.shade = c.amount.atMost ? 1 + Math.min(4, Math.floor(Math.log10(Math.max(1, c.amount.atLeast)) + 1e-9)) : 0
  }
  return { spots: axis, cells: [...cells.values()].sort((a, b) => a.row - b.row || a.column - b.column) }
}

export type Way = 'left' | 'right' | 'up' | 'down' | 'first' | 'last' | 'begin' | 'end'

/** The cell that a key leads to: the next in its row or column in which there is something; at the end of that, the nearest one beyond. */
export function next(cells: Cell[], from: number, way: Way): number {
  const c = cells[from], last = cells.length - 1
  switch (way) {
    case 'right': return Math.min(last, from + 1)
    case 'left': return Math.max(0, from - 1)
    case 'first': return cells.findIndex((x) => x.row === c.row)
    case 'last': return cells.findLastIndex((x) => x.row === c.row)
    case 'begin': return 0
    case 'end': return last
    case 'down': {
      const i = cells.findIndex((x) => x.column === c.column && x.row > c.row)
      return i >= 0 ? i : Math.max(from, cells.findIndex((x) => x.row > c.row))
    }
    case 'up': {
      const i = cells.findLastIndex((x) => x.column === c.column && x.row < c.row)
      if (i >= 0) return i
      const above = cells.findLastIndex((x) => x.row < c.row)
      return above >= 0 ? above : from
    }
  }
}

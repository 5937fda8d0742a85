import { expect, test } from 'vitest'
import { columns, others, ribbons, rows } from './columns'
import type { Flow } from './sums'

const flow = (from: string, to: string, n = 1): Flow => ({
  key: from + to, from, to, standing: 'RECORDED', transfers: { atLeast: n, atMost: n }, sent: n, received: 0, other: 0, unplaced: 0, exercise: 0, entries: n, uncertain: { entries: 0, exercise: 0 }, moved: [], unstated: 0, words: [], earnest: 0,
})
const room = (rows: number, open: string[] = []) => ({ rows, countryOf: () => '', open })
const ids = (s: { id: string }[]) => s.map((x) => x.id)

test('cycles and loops are flows like any other', () => {
  const c = columns([flow('a', 'b'), flow('b', 'a'), flow('a', 'a')], () => '', room(10))
  expect(ids(c.left).sort()).toEqual(['a', 'b'])
  expect(ids(c.right).sort()).toEqual(['a', 'b'])
})

test('what there is no room for is one row, which stands for all of it', () => {
  const flows = Array.from({ length: 300 }, (_, i) => flow('s' + i, 'r' + i % 7, 300 - i)), c = columns(flows, (id) => id, room(40))
  expect(c.left).toHaveLength(40)
  expect(c.left.at(-1)).toMatchObject({ id: others })
  expect(c.left.flatMap((s) => s.ids)).toHaveLength(300)
  expect(c.right).toHaveLength(7)
  const left = rows(c.left, flows, (f) => f.from, 900, 20, 70), right = rows(c.right, flows, (f) => f.to, 900, 20, 70)
  const all = ribbons(flows, left, right).bands, end = (r: typeof left) => r.at(-1)!.y + r.at(-1)!.height
  expect(all.flatMap((r) => r.flows)).toHaveLength(300)
  expect(all).toHaveLength(39 + 7) // of each row one, and of what there was no room for one to each receiver
  expect(all.every((r) => r.y1 >= 0 && r.y1 <= end(left) && r.y2 >= 0 && r.y2 <= end(right))).toBe(true)
})

test('rows of an organisation stand together', () => {
  const flows = [flow('x1', 'r1', 9), flow('y1', 'r2', 8), flow('x2', 'r3', 7), flow('y2', 'r1', 6)], c = columns(flows, (id) => id[0], room(40))
  expect(c.left.map((s) => s.group).join('')).toMatch(/^(xxyy|yyxx)$/)
  expect(c.left.map((s) => s.leads)).toEqual([true, false, true, false])
})

test('flows cross no more than they must', () => {
  const c = columns([flow('a', '1'), flow('b', '2'), flow('c', '3')], (id) => id, room(40))
  expect(ids(c.left).map((l) => 'abc'.indexOf(l) + 1).join()).toBe(ids(c.right).join())
})

test('bands are in proportion and within their rows', () => {
  const flows = [flow('a', 'x', 300), flow('a', 'y', 100), flow('b', 'x', 100)], c = columns(flows, (id) => id, room(40))
  const left = rows(c.left, flows, (f) => f.from, 200, 20, 70), right = rows(c.right, flows, (f) => f.to, 200, 20, 70)
  const all = ribbons(flows, left, right).bands, width = (key: string) => all.find((r) => r.flows[0].key === key)!.width
  expect(width('ax') / width('ay')).toBeCloseTo(3)
  expect(width('ax') + width('ay')).toBeLessThanOrEqual(70)
})

test('what there is no room for stands by country, the largest first, until a country is opened', () => {
  const flows = Array.from({ length: 300 }, (_, i) => flow('s' + i, 'r', 300 - i)), countryOf = (id: string) => ['DE', 'FR', 'IT'][Number(id.slice(1)) % 3]
  const closed = columns(flows, (id) => id, { rows: 40, countryOf, open: [] }).left
  expect(closed.map((s) => s.country).filter(Boolean)).toEqual(['DE', 'FR', 'IT'])
  expect(closed).toHaveLength(39) // nobody is left over
  expect(closed.flatMap((s) => s.ids)).toHaveLength(300)
  const open = columns(flows, (id) => id, { rows: 40, countryOf, open: ['FR'] }).left
  expect(open.map((s) => s.country).filter(Boolean)).toEqual(['DE', 'IT'])
  expect(open).toHaveLength(36 + 88 + 2)
})

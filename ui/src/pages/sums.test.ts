import { expect, test } from 'vitest'
import type { Row, Spoken } from './flow'
import { countsOf, entriesIn, flowsIn, histogram, itemOf, spokenItem } from './sums'
import { hull, period, span, stretch, timeline } from './timeline'

const none = { entries: 0, listed: 0, quantities: [], unstated: 0 }
const row = (at: string | null, absent: 'WIDER' | 'UNPLACED' | null, sent: number, received = 0, more: Partial<Row> = {}): Row => ({
  from: { value: 'a', absent: null }, to: { value: 'b', absent: null }, at: { value: at, absent }, count: sent + received, superseded: 0, exercise: 0,
  split: [], transfers: null, sent: { ...none, entries: sent }, received: { ...none, entries: received }, other: none, ...more,
} as Row)

function add(rows: Row[], time: string | null = null) {
  const items = rows.map(itemOf)
  return { items, flow: flowsIn(items, span(time))[0] }
}

test('months follow each other without a gap, and what lies far off is in one bucket', () => {
  expect(timeline('MONTH', new Map([['2024-11', 1], ['2025-02', 1]])).buckets).toEqual(['2024-11', '2024-12', '2025-01', '2025-02'])
  const t = timeline('MONTH', new Map([['1999-05', 1], ['2025-01', 500], ['2025-02', 500], ['2090-01', 1]]))
  expect(t.buckets).toEqual(['../2024-12', '2025-01', '2025-02', '2025-03/..'])
  expect(period(t, { from: 0, to: 1 })).toEqual({ since: '', until: '2025-01' })
  expect(period(t, { from: 0, to: 3 })).toEqual({ since: '', until: '' })
  expect(stretch(t, { since: '2025-02', until: '2025-02' })).toEqual({ from: 2, to: 2 })
  expect(stretch(t, { since: '1980-01', until: '' })).toEqual({ from: 0, to: 3 })
  expect(timeline('DAY', new Map([['2025-02-27', 1], ['2025-03-01', 1]])).buckets).toEqual(['2025-02-27', '2025-02-28', '2025-03-01'])
})

test('what was chosen is on the timeline, also where nothing is recorded', () => {
  const on = (months: string[], since: string, until: string) => {
    const t = timeline('MONTH', new Map(months.map((m) => [m, m.startsWith('2025') ? 500 : 1])), { since, until }), { from, to } = stretch(t, { since, until })
    return [t.buckets.slice(0, from), t.buckets.slice(from, to + 1), t.buckets.slice(to + 1)].map((b) => b.join(' '))
  }
  const months = ['2025-04', '2025-06']
  expect(on(months, '2025-04', '2025-05')).toEqual(['', '2025-04 2025-05', '2025-06'])
  expect(on(months, '2025-08', '2025-08')).toEqual(['2025-04 2025-05 2025-06 2025-07', '2025-08', ''])
  expect(on(months, '2025-01', '2025-02')).toEqual(['', '2025-01 2025-02', '2025-03 2025-04 2025-05 2025-06'])
  expect(on(months, '2025-06', '2025-07')).toEqual(['2025-04 2025-05', '2025-06 2025-07', ''])
  expect(on([], '2025-07', '2025-07')).toEqual(['', '2025-07', ''])
  expect(on([], '', '')).toEqual(['', '', ''])
  expect(on(['2025-04', '2025-05'], '2025', '2025')[1]).toBe('2025-01 2025-02 2025-03 2025-04 2025-05 2025-06 2025-07 2025-08 2025-09 2025-10 2025-11 2025-12')
  // Without an end it goes on.
  expect(on(months, '2025-05', '')).toEqual(['2025-04', '2025-05 2025-06', ''])
  expect(on(months, '2025-08', '')).toEqual(['2025-04 2025-05 2025-06 2025-07', '2025-08/..', ''])
  expect(on(months, '', '2025-02')).toEqual(['', '../2025-02', '2025-03 2025-04 2025-05 2025-06'])
  expect(on([], '', '2025-02')).toEqual(['', '../2025-02', ''])
  // What is far off would make it too long, and is one bucket.
  expect(on(months, '2030', '2031')).toEqual(['2025-04 2025-05 2025-06 2025-07/2029-12', '2030-01/2031-12', ''])
  expect(on(months, '1900', '9999')).toEqual(['', '1900-01/2025-03 2025-04 2025-05 2025-06', ''])
  expect(on(['1999-05', ...months, '2090-01'], '2000-01', '2000-01')).toEqual(['../1999-12', '2000-01', '2000-02/2025-03 2025-04 2025-05 2025-06 2025-07/..'])
})

test('who chose from the first to the last month that is recorded is not shown what lies before and after', () => {
  const rows = [row('2025-01', null, 1), row('2025-02', null, 1), row('2024', 'WIDER', 10), row(null, 'UNPLACED', 100)]
  expect(add(rows, '2025-01/2025-02').flow.transfers).toEqual({ atLeast: 2, atMost: 102 })
  expect(add(rows).flow.transfers).toEqual({ atLeast: 112, atMost: 112 })
})

test('behind a flow are the entries of its list: what is not placed in time is in no part of it, what is wider may be', () => {
  const rows = [row('2025-01', null, 1), row('2025-02', null, 1, 1), row('2025', 'WIDER', 10), row(null, 'WIDER', 20), row(null, 'UNPLACED', 100)], ends = 'a\nb'
  expect(entriesIn(rows, span('2025-02')).get(ends)).toEqual({ atLeast: 2, atMost: 32 })
  expect(entriesIn(rows, span('2025-02/..')).get(ends)).toEqual({ atLeast: 2, atMost: 32 })
  expect(entriesIn(rows, span('2025')).get(ends)).toEqual({ atLeast: 13, atMost: 33 })
  expect(entriesIn(rows, span('../..')).get(ends)).toEqual({ atLeast: 133, atMost: 133 })
  expect(entriesIn(rows.slice(0, 2), span('2024')).get(ends)).toBeUndefined()
})

test('of a month, some days of which were chosen, may have been in them what was in it', () => {
  const rows = [row('2025-01', null, 1), row('2025-02', null, 2)]
  expect(add(rows, '2025-01/2025-02-10').flow.transfers).toEqual({ atLeast: 1, atMost: 3 })
  expect(add(rows, '2025-02-10T12:00:00Z/..').flow.transfers).toEqual({ atLeast: 0, atMost: 2 })
  expect(add(rows, '2025-03/..').flow).toBeUndefined()
  // It is said to be exercise data all the same.
  expect(add([row('2025-02', null, 2, 0, { exercise: 2 })], '2025-02-10').flow).toMatchObject({ entries: 0, exercise: 0, uncertain: { entries: 2, exercise: 2 } })
})

test('days are asked for as far as something was chosen', () => {
  expect(hull('2025-03-01/2025-03-31', { since: '2025-03-04', until: '2025-03-31' })).toBe('2025-03-01/2025-03-31')
  expect(hull('2025-03', { since: '2025-03', until: '' })).toBe('2025-03/2025-03')
  expect(hull('2025-03', { since: '2025-02-20', until: '2025-02' })).toBe('2025-02/2025-03')
  expect(hull('2025-03/2025-04', { since: '', until: '2025' })).toBe('2025/2025')
  const t = timeline('DAY', new Map([['2025-03-03', 1]]), { since: '2025-03', until: '2025-03' })
  expect([t.buckets.length, t.buckets[0], t.buckets[30]]).toEqual([31, '2025-03-01', '2025-03-31'])
})

test('what both sides recorded may be one transfer or two, until the server has put them together', () => {
  expect(add([row('2025-01', null, 3, 2)]).flow.transfers).toEqual({ atLeast: 3, atMost: 5 })
  expect(add([row('2025-01', null, 3, 2, { transfers: 4, split: [{ value: 'CORROBORATED' }] })]).flow).toMatchObject({ standing: 'CORROBORATED', transfers: { atLeast: 4, atMost: 4 } })
})

test('what is wider than a month, or not placed in time, may have been in it', () => {
  const rows = [row('2025-01', null, 1), row('2025-03', null, 4), row('2025', 'WIDER', 10), row('2019', 'WIDER', 100), row(null, 'UNPLACED', 1000)]
  expect(add(rows).flow.transfers).toEqual({ atLeast: 1115, atMost: 1115 })
  expect(add(rows, '2025-01/2025-02').flow.transfers).toEqual({ atLeast: 1, atMost: 1011 })
  expect(add(rows, '2019/2020').flow.transfers).toEqual({ atLeast: 100, atMost: 1100 })
  const counts = countsOf(rows)
  expect(histogram(timeline('MONTH', counts), counts)).toEqual([1, 0, 4])
  expect(flowsIn(add(rows).items, span('2025-01'), false)[0].transfers).toEqual({ atLeast: 1, atMost: 1 })
})

test('quantities keep their bounds: a bulk entry that states none leaves them open above', () => {
  const bulk = (atLeast: number, atMost: number | null, unstated = 0) => ({ entries: 1, listed: 0, unstated, quantities: [{ unit: 'IMAGE', entries: 1, atLeast, atMost, exact: atLeast === atMost, about: null }] })
  const moved = (m: Partial<Row>) => add([row('2025-01', null, 1, 1, m)]).flow.moved
  expect(moved({ sent: bulk(100, 100), received: bulk(90, 90) } as Partial<Row>)[0]).toMatchObject({ atLeast: 100, atMost: 190, exact: false })
  expect(moved({ sent: bulk(100, 100) } as Partial<Row>)[0]).toMatchObject({ atLeast: 100, atMost: 100, exact: true })
  expect(moved({ sent: bulk(100, 100, 1) } as Partial<Row>)[0]).toMatchObject({ atLeast: 100, atMost: null })
  expect(moved({ sent: { ...none, entries: 7, listed: 7 } } as Partial<Row>)[0]).toMatchObject({ unit: 'IMAGE', atLeast: 7, atMost: null })
})

test('what is spoken of is no transfer, and is there as long as its time may be meant', () => {
  const { items } = add([row('2025-01', null, 1), row('2025-02', null, 1), row('2025-03', null, 1)])
  const spoken = (at: string | null): Spoken => ({
    from: { value: 'x', absent: null }, to: { value: 'y', absent: null }, split: [{ value: 'CLAIMED' }], claimed: { flows: 1, exercise: 0, unstated: 0, quantities: [{ unit: 'SEARCH', entries: 1, atLeast: 321, atMost: null, exact: false, about: null }] },
    claims: [{ id: 'c', stance: 'ASSERTED', claimant: { id: 'z' }, quantity: null, proposition: { at } }],
  })
  const seen = (at: string | null, time: string | null, all = true) => flowsIn([...items, spokenItem('MONTH', spoken(at))], span(time), all).find((f) => f.standing === 'CLAIMED')
  expect(seen(null, '2025-02')).toMatchObject({ transfers: { atLeast: 0, atMost: 0 }, earnest: 1, moved: [{ unit: 'SEARCH', atLeast: 321, atMost: null }] })
  expect(seen(null, '2025-02', false)).toBeUndefined()
  expect(seen('2025-02', '2025-02')).toBeDefined()
  expect(seen('2025-02', '2025-03')).toBeUndefined()
  expect(seen('../2025-02-10', '2025-02')).toBeDefined()
  expect(seen('../2025-02-10', '2025-03')).toBeUndefined()
  expect(seen('2025-02-10/..', '2025-01')).toBeUndefined()
  expect(seen('2015-03', null)).toBeDefined() // where nothing is recorded
  expect(seen('2015-03', '2025-01')).toBeUndefined()
})

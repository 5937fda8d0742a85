import { beforeAll, expect, test, vi } from 'vitest'
import { cell, csv, times, type Cell, type Sheet } from './export'
import type { NamedFlow } from './sheets'
import { cells as read } from '../tests/csv'

let sheets: typeof import('./sheets')
beforeAll(async () => {
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} })
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem() {} })
  sheets = await import('./sheets')
})

const nasty = ['=1+1', '+49 30', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', '=HYPERLINK("http://x";"y")', '=cmd|\' /C calc\'!A0', 'say "x"', '"', 'a;b', 'a,b', 'two\nlines', 'two\r\nlines', ' padded ', 'Straße, „Übung“', '😀', "'=1", '1;2,"3"\r\n=4']

test.each([
  [null, ''], [undefined, ''], ['', ''], ['a', 'a'], [5, '5'], [-5, '-5'], [true, 'true'], [false, 'false'], [['x', 'y'], 'x y'], [['=x', 'y'], "'=x y"],
  ['=1+1', "'=1+1"], ['+49', "'+49"], ['-1', "'-1"], ['@SUM(A1)', "'@SUM(A1)"], ['\t=1', '"\'\t=1"'], ['\r=1', '"\'\r=1"'], ['＝1', "'＝1"], ['a;b', '"a;b"'], ['a,b', '"a,b"'], ['say "x"', '"say ""x"""'],
  ['=HYPERLINK("x";"y")', `"'=HYPERLINK(""x"";""y"")"`],
] as [Cell, string][])('%j', (v, want) => { for (const l of ['de', 'en'] as const) expect(cell(v, l)).toBe(want) })

test('a number has a decimal comma in German, and never an apostrophe', () => {
  expect([cell(1.5, 'de'), cell(1.5, 'en'), cell(-0.25, 'de'), cell(1000000, 'de'), cell(NaN, 'en')]).toEqual(['1,5', '1.5', '-0,25', '1000000', 'NaN'])
})

test('for a spreadsheet: a byte order mark, and what divides cells in its language', () => {
  const sheet: Sheet<[string, number]> = [['from', (r) => r[0]], ['share', (r) => r[1]]]
  expect(csv(sheet, [['Straße', 1.5]], 'de')).toBe('\uFEFFfrom;share\r\nStraße;1,5\r\n')
  expect(csv(sheet, [['Straße', 1.5]], 'en')).toBe('\uFEFFfrom,share\r\nStraße,1.5\r\n')
})

test.each(['de', 'en'] as const)('whatever a source writes is read back as it was, and nothing is a formula: %s', (language) => {
  const sheet: Sheet<string> = [['a', (s) => s], ['b', () => 'x'], ['c', (s) => s]]
  const [head, ...rows] = read(csv(sheet, nasty, language).slice(1), { de: ';', en: ',' }[language])
  expect(head).toEqual(['a', 'b', 'c'])
  expect(rows).toHaveLength(nasty.length)
  rows.forEach((r, i) => {
    expect(r).toHaveLength(3)
    expect(r[0].replace(/^'/, '')).toBe(nasty[i].replace(/^'/, ''))
    expect(r[0]).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
  })
})

test.each([
  [null, ['', '']], ['2025', ['2025-01-01T00:00:00Z', '2025-12-31T23:59:59Z']], ['2025-03', ['2025-03-01T00:00:00Z', '2025-03-31T23:59:59Z']], ['2024-02-29', ['2024-02-29T00:00:00Z', '2024-02-29T23:59:59Z']],
  ['2025-03-01T12:30:00Z', ['2025-03-01T12:30:00Z', '2025-03-01T12:30:00Z']], ['2025-03/2025-04', ['2025-03-01T00:00:00Z', '2025-04-30T23:59:59Z']],
  ['../2020-02-27', ['', '2020-02-27T23:59:59Z']], ['2025-03-01T12:30:00Z/..', ['2025-03-01T12:30:00Z', '']], ['2025-03-01T12:30:00.5Z', ['2025-03-01T12:30:00.5Z', '2025-03-01T12:30:00.5Z']],
  ['2025-03-01/2025-03-02T08:00:00Z', ['2025-03-01T00:00:00Z', '2025-03-02T08:00:00Z']],
])('the ends of %s', (t, want) => {
  const sheet = times<string | null>('at', (s) => s)
  expect(sheet.map(([name]) => name)).toEqual(['at', 'at_from', 'at_to'])
  expect(sheet.map(([, of]) => of(t))).toEqual([t, ...want])
})

test('what flows moved has a column for each bound of each unit, so that it can be added up', () => {
  const sum = { entries: 1, exact: false, about: null }, flow = (moved: NamedFlow['moved'], atMost: number): NamedFlow => ({
    key: '', from: 'a', to: 'b', standing: 'RECORDED', transfers: { atLeast: atMost, atMost }, sent: 1, received: 0, other: 0, unplaced: 0, exercise: 0, entries: atMost, uncertain: { entries: 0, exercise: 0 }, moved, unstated: 0, words: [], earnest: 0, names: ['A', 'B'], since: '2025-03', until: '2025-04',
  })
  const rows = [
    flow([{ ...sum, unit: 'IMAGE', atLeast: 398, atMost: null }], 3), flow([{ ...sum, unit: 'IMAGE', atLeast: 2, atMost: 5 }, { ...sum, unit: 'RECORD', atLeast: 7, atMost: 7 }], 1),
    flow([{ ...sum, unit: 'IMAGE', atLeast: 0, atMost: null, about: 500 }], 0),
  ]
  const [head, ...cells] = read(csv(sheets.flows(rows), rows, 'en').slice(1), ','), at = (row: number, name: string) => cells[row][head.indexOf(name)]
  expect(head.slice(0, 7)).toEqual(['from', 'to', 'from_name', 'to_name', 'standing', 'period_from', 'period_to'])
  expect([at(0, 'image_at_least'), at(0, 'image_at_most'), at(0, 'record_at_least'), at(0, 'quantities_are')]).toEqual(['398', '', '', 'RECORDED'])
  expect([at(1, 'image_at_least'), at(1, 'image_at_most'), at(1, 'record_at_least'), at(1, 'record_at_most')]).toEqual(['2', '5', '7', '7'])
  expect([at(2, 'image_at_least'), at(2, 'image_about'), at(2, 'quantities_are')]).toEqual(['', '500', 'SAID'])
  // Of what is only said nothing is counted: the cells are empty, as where the page says "none recorded".
  for (const name of ['count', 'transfers_at_least', 'transfers_at_most', 'sent', 'received', 'other', 'unplaced']) expect([name, at(0, name) === '', at(2, name)]).toEqual([name, false, ''])
  expect(rows.map((f) => sheets.told(f).sent)).toEqual([1, 1, null])
  expect([at(0, 'period_from'), at(0, 'period_to')]).toEqual(['2025-03-01T00:00:00Z', '2025-04-30T23:59:59Z'])
})

test('how much a step moved is as recorded, or as said, where several amounts are a list', () => {
  const q = (amount: number) => ({ amount, bound: 'AT_LEAST', exclusive: true, unit: 'IMAGE' }), step = (quantity: ReturnType<typeof q> | null, said: number[]) => ({ n: 1, quantity, claims: said.map((n) => ({ claimant: { id: 'a' }, quantity: q(n) })), from: null, to: null, left: null, came: null }) as unknown as Parameters<(typeof sheets.steps)[number][1]>[0]
  const of = (s: ReturnType<typeof step>) => ['quantity', 'bound', 'unit', 'quantities_are'].map((name) => sheets.steps.find(([n]) => n === name)![1](s))
  expect(of(step(q(5), [7]))).toEqual([5, 'MORE_THAN', 'IMAGE', 'RECORDED'])
  expect(of(step(null, [7, 7]))).toEqual([7, 'MORE_THAN', 'IMAGE', 'SAID'])
  expect(of(step(null, [7, 9]))).toEqual([['7', '9'], ['MORE_THAN', 'MORE_THAN'], ['IMAGE', 'IMAGE'], 'SAID'])
  expect(of(step(null, []))).toEqual([undefined, undefined, undefined, ''])
})

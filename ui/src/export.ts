import { span } from './pages/image'
import type { Language } from './settings.svelte'

// Tables as CSV (RFC 4180) for spreadsheets: the one way in which the page writes it.

export type Cell = string | number | boolean | string[] | null | undefined

/** The columns of a file: names as the command line has them, and what stands there of a row. */
export type Sheet<Row> = [name: string, of: (row: Row) => Cell][]

/** A spreadsheet in German takes a semicolon between cells, and a comma in numbers. */
const between = { de: ';', en: ',' }

/** What a spreadsheet would take for a formula; also as it is written in Japanese. */
const formula = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/** A cell. What a spreadsheet would take for a formula gets an apostrophe before it; numbers are none. */
export function cell(v: Cell, language: Language): string {
  if (typeof v === 'number') return language === 'de' ? String(v).replace('.', ',') : `${v}`
  let s = v === null || v === undefined ? '' : Array.isArray(v) ? v.join(' ') : String(v)
  if (formula.test(s)) s = "'" + s
  return /[",;\n\r\t]|^\s|\s$/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s
}

const line = (cells: Cell[], language: Language) => cells.map((c) => cell(c, language)).join(between[language]) + '\r\n'

/** Rows without the head of the table. Lines end in CR LF. */
export function lines<Row>(sheet: Sheet<Row>, rows: readonly Row[], language: Language): string {
  return rows.map((r) => line(sheet.map(([, of]) => of(r)), language)).join('')
}

/** What a file begins with: a byte order mark, by which Excel knows UTF-8, and the head of the table. */
export const head = <Row>(sheet: Sheet<Row>, language: Language): string => '\uFEFF' + line(sheet.map(([name]) => name), language)

export const csv = <Row>(sheet: Sheet<Row>, rows: readonly Row[], language: Language): string => head(sheet, language) + lines(sheet, rows, language)

/** Rows as objects, with the names that the columns have. */
export const objects = <Row>(sheet: Sheet<Row>, rows: readonly Row[]): Record<string, Cell>[] => rows.map((r) => Object.fromEntries(sheet.map(([name, of]) => [name, of(r) ?? null])))

/** A time as it was given, and its first and last second in UTC, which a spreadsheet can sort and compare; an open end is empty. */
export function times<Row>(name: string, of: (row: Row) => string | null | undefined): Sheet<Row> {
  const at = (row: Row, end: 0 | 1): string => {
    const t = of(row) ?? null, whole = t && !t.includes('/') && t.includes('T')
    if (whole) return t
    const s = span(t)[end]
    if (s === null || isNaN(s)) return ''
    // span ends where the next day (month, year) begins, but for instants.
    const last = end === 1 && !t!.split('/').at(-1)!.includes('T') ? s - 1000 : s
    return new Date(last).toISOString().replace('.000Z', 'Z')
  }
  return [[name, of], [name + '_from', (r) => at(r, 0)], [name + '_to', (r) => at(r, 1)]]
}

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

/** A file: UTF-8 with a byte order mark, by which Excel knows it; lines end in CR LF. A number with a decimal comma holds no cell's end. */
export function csv<Row>(sheet: Sheet<Row>, rows: readonly Row[], language: Language): string {
  const line = (cells: Cell[]) => cells.map((c) => cell(c, language)).join(between[language]) + '\r\n', out = ['\uFEFF' + line(sheet.map(([name]) => name))]
  for (const r of rows) out.push(line(sheet.map(([, of]) => of(r))))
  return out.join('')
}

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

export type Cell = string | number | null | undefined

/** A cell of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it. */
export function cell(v: Cell): string {
  let s = v === null || v === undefined ? '' : String(v)
  if (typeof v !== 'number' && /^[=+\-@\t\r]/.test(s)) s = "'" + s
  return /[";\n\r]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s
}

/** Rows as CSV for a German Excel: UTF-8 with a byte order mark, semicolons. */
export function csv(columns: string[], rows: Cell[][]): string {
  return '\uFEFF' + [columns, ...rows].map((r) => r.map(cell).join(';')).join('\r\n') + '\r\n'
}

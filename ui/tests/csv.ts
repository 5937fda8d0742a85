/** The cells of CSV, row by row, read as RFC 4180 has it. */
export function cells(text: string, between: string): string[][] {
  const rows: string[][] = [[]]
  for (let i = 0; i < text.length;) {
    let s = ''
    if (text[i] === '"') {
      for (i++; text[i] !== '"' || text[i + 1] === '"'; i++) { s += text[i]; if (text[i] === '"') i++ }
      i++
    } else while (i < text.length && text[i] !== between && text[i] !== '\r') s += text[i++]
    rows.at(-1)!.push(s)
    if (text.startsWith('\r\n', i)) { rows.push([]); i += 2 } else i++
  }
  return rows.slice(0, -1)
}

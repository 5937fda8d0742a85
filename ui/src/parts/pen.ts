// How wide text is, for pictures that must make it fit. Measuring takes longer than anything else in drawing, and the same names come again and again.

const pen = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d'), widths = new Map<string, number>(), fits = new Map<string, string>()

/** The width of a text in pixels, in the font of pictures. */
export function wide(text: string, size: number): number {
  const known = widths.get(size + text)
  if (known !== undefined || !pen) return known ?? 0
  pen.font = `${size}px system-ui, "DejaVu Sans", sans-serif`
  const w = pen.measureText(text).width
  widths.set(size + text, w)
  return w
}

/** The text, or as much of its beginning as there is room for. */
export function short(text: string, px: number, size: number): string {
  if (wide(text, size) <= px) return text
  const key = [text, px | 0, size].join()
  let out = fits.get(key)
  if (out === undefined) {
    let n = Math.min(text.length, Math.max(1, Math.floor(text.length * px / wide(text, size))))
    while (n > 1 && wide(text.slice(0, n) + '…', size) > px) n--
    fits.set(key, out = text.slice(0, n).trimEnd() + '…')
  }
  return out
}

/** The text in up to two lines, the second as long as there is room for. */
export function lines(text: string, px: number, size: number): [string, string] {
  if (wide(text, size) <= px) return [text, '']
  const words = text.split(' ')
  let n = words.length - 1
  while (n > 0 && wide(words.slice(0, n).join(' '), size) > px) n--
  return n ? [words.slice(0, n).join(' '), short(words.slice(n).join(' '), px, size)] : [short(text, px, size), '']
}

/** The text in as many lines as it takes. */
export function wrap(text: string, px: number, size: number): string[] {
  const out: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line ? line + ' ' + word : word
    if (line && wide(longer, size) > px) { out.push(line); line = word } else line = longer
  }
  return line ? [...out, line] : out
}

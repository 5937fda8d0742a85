import { save } from './save'

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

const looks = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'paint-order', 'stroke-opacity', 'fill-opacity', 'font-size', 'font-family', 'font-weight', 'text-anchor', 'opacity']

/** A picture of the page as a file of its own, with its looks within. */
export function picture(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const from = [svg, ...svg.querySelectorAll('*')], to = [copy, ...copy.querySelectorAll('*')]
  from.forEach((e, i) => {
    const style = getComputedStyle(e)
    for (const l of looks) to[i].setAttribute(l, style.getPropertyValue(l))
    to[i].removeAttribute('class')
  })
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  const { width, height } = svg.viewBox.baseVal
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  for (const [k, v] of Object.entries({ width: '100%', height: '100%', fill: getComputedStyle(svg).backgroundColor })) ground.setAttribute(k, v)
  copy.prepend(ground)
  return new XMLSerializer().serializeToString(copy)
}

/** The same as PNG, twice as large. */
export async function savePNG(svg: SVGSVGElement, name: string) {
  const url = URL.createObjectURL(new Blob([picture(svg)], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = svg.viewBox.baseVal.width * 2
    canvas.height = svg.viewBox.baseVal.height * 2
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
    if (blob) save(name, 'image/png', blob)
  } finally { URL.revokeObjectURL(url) }
}

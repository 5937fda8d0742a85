import { instant, number } from './format'
import { save } from './save'
import { say, scopeLine, term } from './words'
import { visit } from './visit.svelte'
import { wrap } from './parts/pen'

// A picture of the page as a file that stands alone: what it is, what was asked, the drawing on white whatever the page looks like, a key of
// what occurs in it, and where and when it was made. It names nothing outside of itself.

/** What a file says of itself. */
export interface About {
  title: string
  /** What was asked, in words: time, filters. */
  asked: string[]
  treeSize: number
  /** Exercise data is in it. */
  exercise: boolean
}

const looks = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'paint-order', 'stroke-opacity', 'fill-opacity', 'font-size', 'font-weight', 'text-anchor', 'opacity']
/** What an attribute is where it is not there: it need not be written. */
const plain: Record<string, string> = { stroke: 'none', 'stroke-width': '1px', 'stroke-dasharray': 'none', 'stroke-linecap': 'butt', 'paint-order': 'normal', 'stroke-opacity': '1', 'fill-opacity': '1', 'font-weight': '400', 'text-anchor': 'start', opacity: '1' }
const standings = ['RECORDED', 'CORROBORATED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION']
const margin = 24, least = 680

function make(name: string, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElement {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, String(v))
  e.append(...children)
  return e
}

/** A line of text. Its looks are those of an element, since those of the page's style sheet would go before attributes. */
function write(text: string, x: number, y: number, size: number, bold = false, soft = false): SVGElement {
  const e = make('text', { x, y }, text)
  Object.assign(e.style, { fontSize: size + 'px', fontWeight: bold ? '600' : '400', fill: soft ? '#4c5968' : '#17202b' })
  return e
}

/** An entry of the key: a sample as it is drawn, a word, and what it means. */
interface Sign { of: string, sample: SVGElement, word: string, why: string }

/** The key of what occurs in a drawing, and of nothing else. */
export function keyOf(svg: SVGElement): Sign[] {
  const out: Sign[] = [], has = (s: string) => svg.querySelector(s) !== null
  for (const s of standings) {
    const cell = svg.querySelector(`a.cell.${s}`), flow = cell ? null : svg.querySelector(`.flow.${s}:not([data-key] *)`), hop = svg.querySelector(`.hop.${s}`), drawn = cell ?? flow ?? hop
    if (!drawn) continue
    const g = make('g', { class: cell ? 'cell ' + s : flow ? 'flow ' + s : 'hop ' + s })
    if (cell) {
      g.append(make('rect', { class: 'box', x: 13, y: -10, width: 20, height: 20 }))
      if (s === 'CORROBORATED') g.append(make('rect', { class: 'twice', x: 15.5, y: -7.5, width: 15, height: 15 }))
    } else if (flow) {
      const thick = s === 'RECORDED' || s === 'CORROBORATED'
      g.append(make('path', { class: 'line', d: 'M0 0H46', 'stroke-width': thick ? 7 : 2.5 }))
      if (s === 'CORROBORATED') g.append(make('path', { class: 'inner', d: 'M0 0H46', 'stroke-width': 2.4 }))
    } else {
      g.append(make('path', { d: 'M0 0H46' }))
      if (s === 'CORROBORATED') g.append(make('path', { class: 'second', d: 'M0 5H46' }))
    }
    const mark = drawn.querySelector('.mark')?.textContent
    if (mark) g.append(make('text', { class: 'mark', x: 23, y: 4, 'text-anchor': 'middle' }, mark))
    out.push({ of: s, sample: g, word: term('standing', s), why: term('standing.why', s) })
  }
  if (has('.flow.RECORDED, .flow.CORROBORATED') && !svg.matches('.chain')) out.push({ of: 'width', sample: make('g', { class: 'flow RECORDED' }, make('path', { class: 'line', d: 'M0 -5H46', 'stroke-width': 2 }), make('path', { class: 'line', d: 'M0 3H46', 'stroke-width': 9 })), word: say('tk.width'), why: say('tk.width.why') })
  if (has('.same')) out.push({ of: 'same', sample: make('line', { class: 'same', x1: 23, x2: 23, y1: -8, y2: 8 }), word: say('tk.same'), why: say('tk.same.why') })
  if (has('.hop > circle')) out.push({ of: 'move', sample: make('g', { class: 'hop RECORDED' }, make('circle', { cx: 23, cy: 0, r: 9 }), make('text', { class: 'n', x: 23, y: 4, 'text-anchor': 'middle' }, '1')), word: say('tk.move'), why: say('tk.move.why') })
  if (has('.hop.SHOWING > rect')) out.push({ of: 'show', sample: make('g', { class: 'hop RECORDED' }, make('rect', { x: 14, y: -9, width: 18, height: 18 }), make('text', { class: 'n', x: 23, y: 4, 'text-anchor': 'middle' }, '1')), word: say('tk.show'), why: say('tk.show.why') })
  if (has('.many')) out.push({ of: 'many', sample: make('g', { class: 'hop RECORDED' }, make('rect', { x: 1, y: -10, width: 44, height: 20, rx: 10 }), make('text', { class: 'n', x: 23, y: 4, 'text-anchor': 'middle' }, '× 5')), word: say('tk.many'), why: say('tk.many.why') })
  if (has('.held')) out.push({ of: 'held', sample: make('line', { class: 'held', x1: 0, x2: 46, y1: 0, y2: 0 }), word: say('tk.held'), why: say('tk.held.why') })
  if (has('.open')) out.push({ of: 'open', sample: make('g', {}, make('line', { class: 'held', x1: 0, x2: 38, y1: 0, y2: 0 }), make('path', { class: 'open', d: 'M32 -6l8 6l-8 6' })), word: say('tk.open'), why: say('tk.open.why') })
  return out
}

/** The drawing with what stands around it, as it is laid out in the page, and its size. */
function plate(svg: SVGSVGElement, about: About, host: SVGSVGElement): { width: number, height: number } {
  const drawing = make('g', {})
  for (const c of [...(svg.cloneNode(true) as Element).children]) if (!c.matches('.caption')) drawing.append(c)
  for (const e of drawing.querySelectorAll('.go')) e.remove() // what only a page has a use for
  for (const e of drawing.querySelectorAll('[data-stays]')) e.removeAttribute('transform') // what stays in sight while one scrolls is where it belongs
  for (const e of drawing.querySelectorAll('.dim, .lit')) e.classList.remove('dim', 'lit')
  host.append(drawing)
  const box = (drawing as SVGGraphicsElement).getBBox(), width = Math.ceil(Math.max(least, box.width + 2 * margin)), room = width - 2 * margin
  let y = margin
  const line = (text: string, size: number, bold = false, soft = false) => {
    for (const l of wrap(text, room, size * 1.04)) host.append(write(l, margin, y += Math.round(size * 1.38), size, bold, soft))
  }
  y -= 6
  line(about.title, 20, true)
  y += 4
  for (const a of about.asked) line(a, 13)
  line(say('tk.asof', { n: number(about.treeSize), origin: visit.origin }), 13)
  if (scopeLine()) line(scopeLine(), 13)
  if (about.exercise) {
    y += 10
    host.append(make('rect', { x: margin, y, width: room, height: 28, rx: 4, fill: '#fdf0d2', stroke: '#6f4a00', 'stroke-width': 1.5, 'stroke-dasharray': '8 4', 'data-key': 'exercise' }))
    host.append(write('▨ ' + say('tk.exercise'), margin + 10, y + 19, 14, true))
    y += 28
  }
  y += 16
  drawing.setAttribute('transform', `translate(${Math.round(margin - box.x)} ${Math.round(y - box.y)})`)
  y += Math.ceil(box.height) + 18
  host.append(make('line', { x1: margin, x2: width - margin, y1: y, y2: y, stroke: '#8a95a1', 'stroke-width': 1 }))
  y += 6
  line(say('tk.key'), 13, true)
  y += 8
  const words = keyOf(svg), tab = 190
  for (const k of words) {
    const own = make('g', { 'data-key': k.of }), rows = wrap(k.why, room - tab, 12.5)
    y += 12
    k.sample.setAttribute('transform', `translate(${margin} ${y})`)
    own.append(k.sample, write(k.word, margin + 60, y + 4, 13, true))
    rows.forEach((r, i) => own.append(write(r, margin + tab, y + 4 + i * 16, 12, false, true)))
    host.append(own)
    y += 10 + Math.max(0, rows.length - 1) * 16
  }
  y += 4
  line(`Lichtspur · ${visit.origin} · ${say('tk.made', { when: instant(new Date().toISOString()) })}`, 12, false, true)
  return { width, height: y + margin - 6 }
}

const keep = new Set(['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'rx', 'ry', 'dx', 'dy', 'width', 'height', 'transform', 'data-key', 'data-standing', ...looks])

/** Everything as it looks, in attributes; what only a page has a use for goes. */
function settle(e: Element): Node {
  if (e.tagName === 'title') return e.cloneNode(true)
  const style = getComputedStyle(e), copy = document.createElementNS('http://www.w3.org/2000/svg', e.tagName === 'a' ? 'g' : e.tagName)
  for (const { name, value } of e.attributes) if (keep.has(name) && !looks.includes(name)) copy.setAttribute(name, value)
  const standing = standings.find((s) => e.matches(`.flow.${s}, .hop.${s}, .cell.${s}`))
  if (standing && !e.closest('[data-key]')) copy.setAttribute('data-standing', standing)
  const group = e.tagName === 'g' || e.tagName === 'a'
  for (const l of looks) {
    const v = style.getPropertyValue(l).replace('rgba(0, 0, 0, 0)', 'none')
    if (group ? l === 'opacity' && v !== '1' : v !== plain[l]) copy.setAttribute(l, v)
  }
  for (const c of e.childNodes) {
    if (c.nodeType === 3) copy.append(c.cloneNode())
    else if (c.nodeType === 1 && !(c as Element).matches('.grip, .node:not(.at) > .hit')) copy.append(settle(c as Element))
  }
  return copy
}

/** A drawing of the page as SVG. */
export function picture(svg: SVGSVGElement, about: About): { text: string, width: number, height: number } {
  const root = document.documentElement, theme = root.dataset.theme, host = make('svg', { class: svg.getAttribute('class')!, width: 0, height: 0 }) as SVGSVGElement
  root.dataset.theme = 'plate' // light, whatever the page or the system wants; nothing is painted before it is as it was
  document.body.append(host)
  try {
    const { width, height } = plate(svg, about, host)
    const out = make('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-labelledby': 'title desc', 'font-family': 'sans-serif' })
    const words = [...about.asked, say('tk.asof', { n: number(about.treeSize), origin: visit.origin }), ...scopeLine() ? [scopeLine()] : [], ...about.exercise ? [say('tk.exercise')] : []]
    out.append(make('title', { id: 'title' }, about.title), make('desc', { id: 'desc' }, words.join('. ')), make('rect', { width, height, fill: '#fff' }))
    out.setAttribute('lang', root.lang)
    for (const c of [...host.children]) out.append(settle(c))
    return { text: new XMLSerializer().serializeToString(out), width, height }
  } finally {
    host.remove()
    root.dataset.theme = theme
  }
}

/** The same as PNG, twice as large. */
export async function savePNG(svg: SVGSVGElement, about: About, name: string) {
  const { text, width, height } = picture(svg, about), url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = width * 2
    canvas.height = height * 2
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
    if (blob) save(name, 'image/png', blob)
  } finally { URL.revokeObjectURL(url) }
}

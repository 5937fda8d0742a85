import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const digest = 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962'

async function take(page: Page, name: string, nth = 0): Promise<{ file: string, bytes: Buffer }> {
  const saved = page.waitForEvent('download')
  await page.locator('.take').nth(nth).getByRole('button', { name, exact: true }).click()
  const download = await saved
  return { file: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

/** Opens a picture that was taken away on its own, with nothing of the page around it. */
async function alone(page: Page, svg: string, name: string) {
  // All that is drawn on the page is there, what it says in words too.
  const drawn = page.locator('.picture svg')
  const there = await drawn.first().evaluate((e) => ({ marks: e.querySelectorAll('.flow, .hop').length, texts: [...e.querySelectorAll('text:not(.caption)')].map((t) => t.textContent!) }))
  const fresh = await page.context().newPage(), asked: string[] = []
  fresh.on('request', (r) => { if (!r.url().startsWith('data:')) asked.push(r.url()) })
  await fresh.emulateMedia({ colorScheme: 'dark' })
  await fresh.goto('data:image/svg+xml;base64,' + Buffer.from(svg).toString('base64'))
  const seen = await fresh.evaluate(() => {
    const root = document.documentElement, all = [...document.querySelectorAll('*')]
    const drawn = new Set(all.map((e) => e.getAttribute('data-standing')).filter(Boolean))
    const fills = all.filter((e) => e.tagName === 'text').map((e) => getComputedStyle(e).fill)
    const texts = all.filter((e) => e.tagName === 'text').map((e) => e.getBoundingClientRect())
    return {
      title: root.querySelector('title')!.textContent!, desc: root.querySelector('desc')!.textContent!, role: root.getAttribute('role'), first: root.firstElementChild!.tagName,
      marks: document.querySelectorAll('[data-standing]').length, drawn: [...drawn].sort(), key: all.map((e) => e.getAttribute('data-key')).filter(Boolean) as string[], text: all.filter((e) => e.tagName === 'text').map((e) => e.textContent).join('\n'),
      // Dark enough on white: none of a dark page's light inks.
      light: fills.filter((f) => { const [r, g, b] = f.match(/[\d.]+/g)!.map(Number); return .2126 * r + .7152 * g + .0722 * b > 120 }).length,
      outside: texts.filter((t) => t.left < 0 || t.right > root.getBoundingClientRect().width + .5 || t.bottom > root.getBoundingClientRect().height).length,
      refers: all.flatMap((e) => [...e.attributes]).filter((a) => /href|^on|^style$|class/.test(a.name) || /url\(|https?:/.test(a.value) && a.name !== 'xmlns').map((a) => a.name),
      fonts: [...new Set(all.map((e) => e.getAttribute('font-family')).filter(Boolean))],
    }
  })
  if (process.env.SCREENS) writeFileSync(`${process.env.SCREENS}/take-${name}.svg`, svg)
  expect(asked).toEqual([])
  await fresh.close()
  expect(seen.marks).toBe(there.marks)
  for (const t of there.texts) expect(seen.text).toContain(t)
  const standings = ['RECORDED', 'CORROBORATED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION']
  expect(seen.key.filter((k) => standings.includes(k)).sort()).toEqual(seen.drawn)
  expect(seen).toMatchObject({ role: 'img', first: 'title', light: 0, outside: 0, refers: [], fonts: ['sans-serif'] })
  expect(seen.text).toMatch(/localhost\/lichtspur\/page-test/)
  expect(seen.text).toMatch(/UTC/)
  return seen
}

test('the map of flows as a picture that stands alone, whatever the page looks like', async ({ page }) => {
  for (const [theme, language] of [['dark', 'de'], ['light', 'en']]) {
    const fresh = await page.context().newPage()
    await visit(fresh, '#/overview?since=2025-03&until=2025-04&kinds=DISCLOSE,RECEIVE', { theme, language })
    await expect(fresh.locator('svg.flows .flow').first()).toBeAttached()
    const { bytes } = await take(fresh, 'SVG'), seen = await alone(fresh, bytes.toString(), 'map-' + theme)
    expect(seen.drawn).toEqual(await fresh.evaluate(() => [...new Set([...document.querySelectorAll('.picture .flow')].map((e) => e.classList[1]))].sort()))
    expect(seen.key).toContain('exercise')
    expect(seen.text).toMatch(language === 'de' ? /Stand: Eintrag [\d.]+ des Protokolls/ : /As of entry [\d,]+ of the log/)
    expect(seen.desc).toContain(language === 'de' ? 'März 2025 – April 2025' : 'March 2025 – April 2025')
    expect(seen.desc).toContain(language === 'de' ? 'Arten: Übermittlung, Empfang' : 'Kinds: Transfer, Receipt')
    expect(await fresh.evaluate(() => document.documentElement.dataset.theme)).toBe(theme)
    const png = (await take(fresh, 'PNG')).bytes
    expect(png.readUInt32BE(16)).toBe(2 * Number(bytes.toString().match(/ width="(\d+)"/)![1])) // IHDR
    await fresh.close()
  }
})

test('all that is said of flows has its mark in the key, and nothing else', async ({ page }) => {
  await visit(page, '#/overview?exercise=without', { theme: 'dark' })
  await expect(page.locator('svg.flows .flow').first()).toBeAttached()
  const seen = await alone(page, (await take(page, 'SVG')).bytes.toString(), 'map-said')
  expect(seen.drawn.length).toBeGreaterThan(1)
  expect(seen.key).not.toContain('exercise')
  expect(seen.desc).toContain('Exercise data: left out')
})

test('the lanes of an image, and the way there, stand alone too', async ({ page }) => {
  await visit(page, '#/image', { theme: 'dark' })
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page.locator('svg.lanes .hop').first()).toBeAttached()
  const lanes = await alone(page, (await take(page, 'SVG')).bytes.toString(), 'lanes')
  expect(lanes.key).toEqual(expect.arrayContaining(['move', 'held', 'open', 'exercise']))
  expect(lanes.desc).not.toContain('sha256')
  for (const [to, words] of [['ifrs', 'It is denied'], ['clearview-ai', 'It is']]) {
    await visit(page, '#/reach?from=country:DE&to=' + to, { theme: 'dark' })
    await page.reload()
    await expect(page.locator('svg.chain').first()).toBeVisible()
    const seen = await alone(page, (await take(page, 'SVG')).bytes.toString(), 'reach-' + to)
    expect(seen.text.replace(/\n/g, ' ')).toContain(words)
    expect(seen.title).toContain('captured by bodies of the country Germany')
  }
})

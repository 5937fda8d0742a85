import { cells } from './csv'
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
  const there = await drawn.first().evaluate((e) => ({ marks: e.querySelectorAll(':is(.flow, .hop, a.cell):not([data-key] *)').length, texts: [...e.querySelectorAll('text:not(.caption, [data-key] *, .caption *)')].map((t) => t.textContent!) }))
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
    expect(seen.text).toMatch(language === 'de' ? /Stand des Protokolls [^ ]+: [\d.]+ Einträge/ : /State of the log [^ ]+: [\d,]+ entries/)
    expect(seen.desc).toContain(language === 'de' ? 'März 2025 – April 2025' : 'March 2025 – April 2025')
    expect(seen.desc).toContain(language === 'de' ? 'Arten: Übermittlung, Empfang' : 'Kinds: Transfer, Receipt')
    expect(await fresh.evaluate(() => document.documentElement.dataset.theme)).toBe(theme)
    const png = (await take(fresh, 'PNG')).bytes
    expect(png.readUInt32BE(16)).toBe(2 * Number(bytes.toString().match(/ width="(\d+)"/)![1])) // IHDR
    await fresh.close()
  }
})

test('the matrix stands alone, too, whole and with its names at their place', async ({ page }) => {
  await visit(page, '#/overview?picture=matrix&since=2025-03&until=2025-04', { theme: 'dark' })
  await expect(page.locator('svg.matrix a.cell').first()).toBeAttached()
  await page.locator('.matrixbox').evaluate((b) => { b.scrollTop = 200 })
  const svg = (await take(page, 'SVG')).bytes.toString(), seen = await alone(page, svg, 'matrix')
  expect(seen.drawn).toContain('RECORDED')
  expect(seen.key).toContain('shade')
  expect(svg).not.toContain('translate(0 200)')
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

/** The rows of a table that was taken away, by the names of its columns. */
function read(bytes: Buffer, between: string): Record<string, string>[] {
  const text = bytes.toString()
  expect(text[0]).toBe('\uFEFF')
  const [head, ...rows] = cells(text.slice(1), between)
  expect(rows.filter((r) => r.length !== head.length)).toEqual([])
  expect(rows.flat().filter((c) => /^[=+@\t\r]|^-[^\d]/.test(c))).toEqual([])
  return rows.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]])))
}

test('each table as CSV, for a spreadsheet in the language of the page', async ({ page }) => {
  test.setTimeout(120_000)
  for (const [language, between, percent] of [['de', ';', /^\d+(,\d+)?$/], ['en', ',', /^\d+(\.\d+)?$/]] as const) {
    const fresh = await page.context().newPage()
    await visit(fresh, '#/overview?since=2025-03&until=2025-04', { language })
    await expect(fresh.locator('svg.flows .flow').first()).toBeAttached()
    const flows = read((await take(fresh, 'CSV')).bytes, between)
    expect(flows.length).toBeGreaterThan(10)
    for (const f of flows) {
      expect(f).toMatchObject({ period_from: '2025-03-01T00:00:00Z', period_to: '2025-04-30T23:59:59Z' })
      for (const n of ['transfers_at_least', 'transfers_at_most', 'sent', 'received', 'count']) expect(f[n]).toMatch(['RECORDED', 'CORROBORATED'].includes(f.standing) ? /^\d+$/ : /^\d*$/)
      expect(f.image_at_least).toMatch(/^\d*$/)
    }
    // What is only said is no number, not 0.
    const said = flows.filter((f) => f.standing === 'CLAIMED')
    expect(said.length).toBeGreaterThan(3)
    for (const f of said) expect(f.count + f.transfers_at_least + f.transfers_at_most + f.sent).toBe('')
    expect(flows.reduce((n, f) => n + Number(f.image_at_least), 0)).toBeGreaterThan(100)
    await fresh.goto('/#/register/sources')
    await expect(fresh.locator('tbody tr').first()).toBeVisible()
    const sources = read((await take(fresh, 'CSV')).bytes, between)
    expect(sources.map((s) => s.without_case_share).filter(Boolean).every((s) => percent.test(s))).toBe(true)
    await fresh.goto('/#/events?kinds=CLAIM,DISCLOSE&order=OCCURRED')
    await expect(fresh.locator('tbody tr').first()).toBeVisible()
    const got = await take(fresh, 'CSV'), events = read(got.bytes, between)
    expect(got.file).toMatch(/^events-as-of-\d+\.csv$/)
    for (const e of events) if (e.occurred) expect(e.occurred_from + e.occurred_to).toMatch(/Z$/)
    await fresh.goto('/#/questions')
    await expect(fresh.locator('.questions > details').first()).toBeVisible()
    const questions = read((await take(fresh, 'CSV')).bytes, between)
    expect(questions.length).toBeGreaterThan(45)
    expect(questions.find((q) => q.question === 'BT-2')!.text_de).toMatch(/\?$/)
    await fresh.goto('/#/readers')
    await expect(fresh.locator('tbody tr').first()).toBeVisible()
    expect(read((await take(fresh, 'CSV')).bytes, between)[0]).toMatchObject({ purpose: 'DEMONSTRATION' })
    await fresh.goto('/#/reach?from=country:DE&to=ifrs')
    await expect(fresh.locator('svg.chain').first()).toBeVisible()
    const claims = read((await take(fresh, 'CSV', await fresh.locator('p.take').count() - 1)).bytes, between)
    expect(claims.some((c) => c.stance === 'DENIED' && c.claimant_name)).toBe(true)
    await fresh.close()
  }
})

test.describe('all events that match', () => {
  const filter = '#/events?kinds=DISCLOSE,RECEIVE&order=OCCURRED'
  const everything = (page: Page) => page.locator('.everything')
  async function offer(page: Page, hash = filter): Promise<number> {
    await visit(page, hash)
    await expect(page.locator('tbody tr').first()).toBeVisible()
    await everything(page).locator('summary').click()
    await expect(everything(page)).toContainText(/[\d,]+ entries match\. State of the log: [\d,]+ entries/)
    return Number((await everything(page).innerText()).match(/([\d,]+) entries match/)![1].replace(/,/g, ''))
  }
  async function whole(page: Page, format: string) {
    const saved = page.waitForEvent('download')
    await everything(page).getByRole('button', { name: 'All that match: ' + format }).click()
    const d = await saved
    return { file: d.suggestedFilename(), bytes: readFileSync(await d.path()) }
  }

  test('as CSV and as JSON, with the same in both, as of the state that is shown', async ({ page }) => {
    const asked: { asOf?: { size: number }, after?: string }[] = []
    page.on('request', (r) => { const b = r.postData() ?? ''; if (b.includes('query All')) asked.push(JSON.parse(b).variables) })
    const n = await offer(page)
    expect(n).toBeGreaterThan(3000)
    expect(await page.locator('.take').first().innerText()).toContain('As shown (')
    const c = await whole(page, 'CSV'), rows = read(c.bytes, ',')
    await expect(everything(page).getByRole('status')).toContainText('These are all that match')
    const size = c.file.match(/^events-as-of-(\d+)-all-(\d+)\.csv$/)!
    expect(Number(size[2])).toBe(n)
    expect(rows).toHaveLength(n)
    expect(new Set(rows.map((r) => r.id)).size).toBe(n)
    expect([...new Set(rows.map((r) => r.kind))].sort()).toEqual(['DISCLOSE', 'RECEIVE'])
    const j = JSON.parse((await whole(page, 'JSON')).bytes.toString())
    expect(j).toMatchObject({ origin: 'localhost/lichtspur/page-test', treeSize: Number(size[1]), order: 'OCCURRED', matched: n, exported: n, complete: true, incompleteReason: null })
    expect(j.rows).toHaveLength(n)
    for (const i of [0, 700, n - 1]) for (const [name, value] of Object.entries(rows[i])) expect([value, value.replace(/^'/, '')]).toContain(j.rows[i][name] === null ? '' : Array.isArray(j.rows[i][name]) ? j.rows[i][name].join(' ') : String(j.rows[i][name]))
    expect(asked.every((v) => v.asOf?.size === Number(size[1]))).toBe(true)
    expect(asked.filter((v) => !v.after)).toHaveLength(2)
  })

  test('progress is seen and can be cancelled; then nothing is saved', async ({ page }) => {
    let pages = 0
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('query All') && ++pages > 2) await new Promise((done) => setTimeout(done, 1500))
      await route.continue().catch(() => {})
    })
    const n = await offer(page)
    page.on('download', () => { throw new Error('saved') })
    await everything(page).getByRole('button', { name: 'All that match: CSV' }).click()
    await expect(everything(page)).toContainText('1,000 of ' + n.toLocaleString('en-GB') + ' rows')
    await expect(everything(page).getByRole('progressbar')).toHaveAttribute('max', String(n))
    await everything(page).getByRole('button', { name: 'Cancel' }).click()
    await expect(everything(page).getByRole('status')).toContainText('Cancelled at 1,000 rows; nothing was saved.')
    const then = pages
    await page.waitForTimeout(2000)
    expect(pages).toBe(then)
  })

  test('what breaks off goes on where it was', async ({ page }) => {
    let pages = 0
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('query All') && ++pages === 3) await route.fulfill({ json: { errors: [{ message: 'too much at once', extensions: { code: 'TOO_COSTLY' } }] } })
      else await route.continue()
    })
    const n = await offer(page), saved = page.waitForEvent('download')
    await everything(page).getByRole('button', { name: 'All that match: CSV' }).click()
    await expect(everything(page).getByRole('alert')).toContainText('too much at once')
    await everything(page).getByRole('button', { name: 'Go on from row 1,001' }).click()
    const rows = read(readFileSync(await (await saved).path()), ',')
    expect(new Set(rows.map((r) => r.id)).size).toBe(n)
    expect(pages).toBe(Math.ceil(n / 500) + 1)
  })

  test('what the server cuts short is never passed off as all', async ({ page }) => {
    let pages = 0
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query All') || ++pages < 2) { await route.continue(); return }
      const res = await route.fetch(), body = await res.json()
      Object.assign(body.data.events, { complete: false, incompleteReason: 'TIME', continueFrom: null })
      await route.fulfill({ response: res, json: body })
    })
    await offer(page)
    const got = await whole(page, 'JSON'), j = JSON.parse(got.bytes.toString())
    expect(got.file).toMatch(/^events-as-of-\d+-incomplete-1000\.json$/)
    expect(j).toMatchObject({ complete: false, incompleteReason: 'TIME', exported: 1000 })
    await expect(everything(page).getByRole('status')).toContainText('It is not all: TIME')
  })
})

const papers = ['overview?since=2025-03&until=2025-04', 'overview?picture=matrix', 'questions/BT-2', 'events?kinds=DISCLOSE', 'reach?from=country:DE&to=ifrs', 'register/organisations', 'register/systems', 'register/sources', 'register/keys', 'register/agreements', 'readers', 'live', 'graphql/counts']

test.describe('on paper', () => {
  /** Goes to print as the page does, and stays there. */
  async function paper(page: Page) {
    await page.evaluate(() => { window.print = () => { document.documentElement.dataset.printed = 'yes' } })
    await page.locator('h1').focus().catch(() => {})
    await page.keyboard.press('ControlOrMeta+p')
    await expect(page.locator('html')).toHaveAttribute('data-printed', 'yes', { timeout: 40_000 })
    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => { dispatchEvent(new Event('beforeprint')) })
  }

  for (const [theme, language] of [['dark', 'de'], ['light', 'en']]) {
    test(`each page is a report: nothing to click, nothing cut, in ink (${language})`, async ({ page, request }) => {
      test.setTimeout(240_000)
      // A pseudonym is of this record alone.
      const res = await request.post('/graphql', { data: { query: '{ events(filter: { kinds: [DISCLOSE], exercise: true }, first: 1) { nodes { images { pseudonym } } } }' }, headers: { 'Lichtspur-Purpose': 'demonstration' } })
      const image = (await res.json()).data.events.nodes[0].images[0].pseudonym
      await page.setViewportSize({ width: 688, height: 1000 }) // as wide as what A4 has between its margins
      await visit(page, '#/live', { theme, language })
      for (const at of [...papers, `image/${image}?hops=2`]) {
        await page.emulateMedia({ media: 'screen' })
        await page.goto('/#/' + at)
        await page.evaluate(() => { delete document.documentElement.dataset.printed })
        await expect(page.locator('main :is(tbody tr, .questions > details, .verdict, svg.lanes, .editor)').first()).toBeAttached()
        await paper(page)
        const seen = await page.evaluate(() => {
          const shown = (e: Element) => e.checkVisibility({ visibilityProperty: true }), all = [...document.querySelectorAll('main *')].filter(shown)
          const ink = (c: string) => { const [r, g, b] = c.match(/[\d.]+/g)!.map(Number); return .2126 * r + .7152 * g + .0722 * b }
          return {
            controls: all.filter((e) => e.matches('button, input, select, textarea')).map((e) => e.outerHTML.slice(0, 120)),
            menus: [...document.querySelectorAll('header, footer, nav, .filters, .take')].filter(shown).length,
            pale: all.filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent!.trim()) && !(e instanceof SVGElement) && ink(getComputedStyle(e).color) > 130).map((e) => e.outerHTML.slice(0, 120)),
            wide: document.documentElement.scrollWidth - innerWidth,
            cut: all.filter((e) => e.matches('.scroll, td, th, pre') && (e.scrollWidth > e.clientWidth + 1) && getComputedStyle(e).overflowX !== 'visible').length,
            short: all.filter((e) => !e.matches('.hidden') && getComputedStyle(e).overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 1).map((e) => e.textContent),
            heads: [...document.querySelectorAll('thead')].filter(shown).filter((e) => getComputedStyle(e).display !== 'table-header-group').length,
            report: document.querySelector('.report')!.textContent!,
          }
        })
        expect({ at, ...seen }).toMatchObject({ controls: [], menus: 0, pale: [], cut: 0, short: [], heads: 0 })
        expect(seen.wide, at).toBeLessThanOrEqual(0)
        expect(seen.report).toContain(language === 'de' ? 'Zweck dieses Besuchs: Vorführung' : 'Purpose of this visit: Demonstration')
        expect(seen.report).toMatch(/UTC/)
        if (at.startsWith('graphql')) await expect(page.locator('pre.paper', { hasText: 'query Searches' })).toBeVisible() // whole, not as far as the editor shows it
        if (at.startsWith('events')) expect(seen.report).toContain(language === 'de' ? 'Filter: Arten: Übermittlung' : 'Filters: Kinds: Transfer')
        if (at.startsWith('events')) await expect(page.locator('.report p', { hasText: language === 'de' ? /^Reihenfolge: Aufgezeichnet, Neuestes zuerst$/ : /^Order: Recorded, the latest first$/ })).toBeVisible() // in a line of its own: it filters nothing
        // What to do with the pointer is no use on paper.
        for (const hint of await page.getByText(/Choose a name|Wählen Sie|Point at|Zeigen Sie|Each row opens|Jede Zeile öffnet|click a|klicken Sie/).all()) await expect(hint, at).toBeHidden()
      }
    })
  }

  test('the map of flows has letters that can be read, and its place on one sheet', async ({ page }) => {
    await visit(page, '#/overview')
    await expect(page.locator('svg.flows .flow').first()).toBeAttached()
    await paper(page)
    const [letters, high] = await page.locator('.picture svg.flows').evaluate((svg: SVGSVGElement) => {
      const { width, height } = svg.viewBox.baseVal, mm = 96 / 25.4
      const scale = Math.min(182 * mm / width, parseFloat(getComputedStyle(svg).maxHeight) / height) // A4 between its margins
      return [13 * scale * .75, height * scale / mm]
    })
    expect(letters).toBeGreaterThan(7) // points
    expect(high).toBeLessThan(263)
    // Below the head of the report, on the first sheet with it.
    await page.setViewportSize({ width: Math.floor(182 * 96 / 25.4), height: 900 })
    expect(await page.locator('.picture').evaluate((e) => (e.getBoundingClientRect().bottom + scrollY) / 96 * 25.4)).toBeLessThan(263)
    await page.setViewportSize({ width: 1360, height: 900 })
    for (const c of await page.locator('svg.flows .caption').allTextContents()) expect(c).not.toContain('…')
    await page.evaluate(() => { dispatchEvent(new Event('afterprint')) })
    await page.emulateMedia({ media: 'screen' })
    await expect.poll(() => page.locator('.picture svg.flows').evaluate((svg: SVGSVGElement) => svg.viewBox.baseVal.width)).toBeGreaterThan(1000)
  })

  test('all rows that there is room for are asked for and printed, and that there are more is said', async ({ page }) => {
    test.setTimeout(120_000)
    await visit(page, '#/events?kinds=DISCLOSE')
    await expect(page.locator('tbody tr').first()).toBeVisible()
    await paper(page)
    const n = await page.locator('tbody tr').count()
    expect(n).toBeGreaterThan(1500)
    expect(n).toBeLessThanOrEqual(2000)
    await expect(page.locator('p.paper')).toHaveCount(0)
    await page.emulateMedia({ media: 'screen' })
    await page.evaluate(() => { dispatchEvent(new Event('afterprint')); delete document.documentElement.dataset.printed })
    await page.goto('/#/events')
    await expect(page.locator('.small', { hasText: 'there are more' })).toBeVisible()
    await paper(page)
    await expect(page.locator('tbody tr')).toHaveCount(2000)
    // One number of what is printed, and how many there are: what was fetched beyond that is told on the screen alone.
    const all = (await (await page.request.post('/graphql', { data: { query: '{ counts(by: [EXERCISE]) { total superseded } }' }, headers: { 'Lichtspur-Purpose': 'demonstration' } })).json()).data.counts
    await expect(page.locator('p.paper')).toContainText(`2,000 of the ${(all.total + all.superseded).toLocaleString('en-GB')} entries that match are printed here`)
    await expect(page.getByText('there are more')).toBeHidden()
    await expect(page.getByText('Each row opens')).toBeHidden()
    await page.evaluate(() => { dispatchEvent(new Event('afterprint')) })
    await page.emulateMedia({ media: 'screen' })
    await page.goto('/#/overview')
    await page.evaluate(() => { delete document.documentElement.dataset.printed })
    await expect(page.locator('.flowtable tbody tr')).toHaveCount(50)
    await paper(page)
    expect(await page.locator('.flowtable tbody tr').count()).toBeGreaterThan(80)
    await expect(page.getByRole('button', { name: 'Show more' })).toHaveCount(0)
  })
})

test('an address copied into a fresh tab shows the same', async ({ page, context }) => {
  test.setTimeout(120_000)
  const shown = (p: Page) => p.evaluate(() => document.querySelector('main')!.innerText.replace(/\s+/g, ' ').replace(/\d\d:\d\d:\d\d/g, ''))
  const same = async (settled: (p: Page) => Promise<void>) => {
    await settled(page)
    expect(page.url()).not.toMatch(/sha256|[0-9a-f]{64}|Federal/)
    const fresh = await context.newPage()
    await visit(fresh, page.url().split('#')[1].replace(/^/, '#'))
    await settled(fresh)
    await expect.poll(() => shown(fresh)).toBe(await shown(page))
    await fresh.close()
  }
  await visit(page, '#/questions?contested=1')
  await page.locator('.questions > details summary').first().click()
  await expect(page).toHaveURL(/open=BT-1b/)
  await same((p) => expect(p.locator('.answer').first()).toBeVisible())
  await page.goto('/#/questions')
  await page.getByRole('button', { name: 'Open all' }).click()
  await expect(page).toHaveURL(/open=all/)
  await page.getByRole('button', { name: 'Close all' }).click()
  await expect(page).not.toHaveURL(/open=/)
  await page.goto('/#/image')
  await page.getByLabel(/SHA-256/).first().fill('sha256:e953b209ac463cd5b9a8a386a8c3a8854c99f1c0cd189bc0eaf8de2a1d98b851')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Where it went' }).getByRole('button', { name: /alike: show each/ }).last().click()
  await expect(page).toHaveURL(/each=\d+/)
  await same((p) => expect(p.getByRole('button', { name: 'Group what is alike' })).toBeVisible())
  await page.goto('/#/events?kinds=CLAIM&columns=index,kind,source&order=RECORDED')
  await same((p) => expect(p.locator('tbody tr').first()).toBeVisible())
})

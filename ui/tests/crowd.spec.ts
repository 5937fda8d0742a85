import { crowd, serveCrowd } from './crowd'
import { expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

// Three hundred systems, on a server of their own.
const port = Number(process.env.PAGE_PORT ?? 8499) + 1, made = crowd(300, 2000)
test.use({ baseURL: 'http://127.0.0.1:' + port, viewport: { width: 1280, height: 800 } })
let end = () => {}
test.beforeAll(async () => { end = await serveCrowd(made, '.run/crowd', port) })
test.afterAll(() => end())

const map = (page: Page) => page.locator('.picture svg.flows')
const rows = (page: Page) => page.locator('.flowtable tbody tr')
const tally = (page: Page) => page.locator('.tally')
const settled = async (page: Page) => { await expect(tally(page)).toContainText('transfers recorded'); await expect(page.getByText('Sender and receiver are being')).toBeHidden() }

test('three hundred systems: the largest are shown, the others by country, and a country is opened', async ({ page }) => {
  await visit(page)
  await settled(page)
  await expect(tally(page)).toContainText(`${made.sent.length.toLocaleString('en-GB')} transfers recorded; taking part: 300 systems`)
  const left = map(page).locator('a.node[data-stop^="<"]')
  await expect(left).toHaveCount(40)
  await expect(left.last()).toContainText(/\d+ others/)
  const austria = left.filter({ hasText: /Austria: \d+ others/ }), n = Number((await austria.textContent())!.match(/(\d+) others/)![1])
  await austria.click()
  await expect(page).toHaveURL(/open=AT/)
  await expect(left.filter({ hasText: /Austria: / })).toHaveCount(0)
  await expect(left.filter({ hasText: 'Police of AT' })).not.toHaveCount(0)
  expect(await left.count()).toBeGreaterThanOrEqual(39 + n - 1)
  await page.getByRole('button', { name: 'Put countries together again' }).click()
  await expect(left).toHaveCount(40)
  await page.getByRole('combobox', { name: 'Names shown' }).selectOption('all')
  expect(await left.count()).toBe(new Set(made.sent.map((e: any) => e.from.system)).size + await left.filter({ hasText: '–' }).count())
})

test('names do not lie on each other, in any theme', async ({ page }) => {
  await visit(page, '#/overview', { theme: 'dark' })
  await settled(page)
  const boxes = await map(page).locator('a.node text').evaluateAll((all) => all.map((t) => { const b = t.getBoundingClientRect(); return { x: b.x, y: b.y, right: b.right, bottom: b.bottom } }))
  for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(a.x < b.right - 1 && b.x < a.right - 1 && a.y < b.bottom - 5 && b.y < a.bottom - 5).toBe(false)
  const width = await map(page).evaluate((s) => s.getBoundingClientRect().width)
  for (const b of boxes) expect(b.right).toBeLessThanOrEqual(width + 40)
})

test('one of them is found by its name, with what it has to do with, and the rest is dimmed where one points at a name', async ({ page }) => {
  await visit(page)
  await settled(page)
  await page.getByRole('combobox', { name: 'Only to or from' }).fill('file 250')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/overview\/system-250/)
  const own = made.sent.filter((e: any) => e.from.system === 'system-250' || e.to.system === 'system-250')
  await expect(tally(page)).toContainText(`${own.length} transfers recorded`)
  await expect(rows(page).filter({ hasText: 'file 250' }).first()).toBeVisible()
  await expect(rows(page).filter({ hasNotText: 'file 250' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Show all' }).click()
  await map(page).locator('a.node', { hasText: 'DE face file 000' }).first().focus()
  const dim = await map(page).locator(':scope > .flow.dim').count(), lit = await map(page).locator(':scope > .flow.lit').count()
  expect(lit).toBeGreaterThan(20)
  expect(dim + lit).toBe(await map(page).locator(':scope > .flow').count())
})

test('all of them as a matrix: each is there, names stay in sight, and the number of each field is right', async ({ page }) => {
  await visit(page, '#/overview?picture=matrix&rows=all&order=country&hide=CLAIMED,DENIED')
  await settled(page)
  await expect(map(page).locator('a.node')).toHaveCount(300)
  await expect(map(page).locator('a.cell')).toHaveCount(made.flows)
  const sent = made.sent.filter((e: any) => e.from.system === 'system-000' && e.to.system === 'system-000').length // a loop
  await map(page).locator('a.cell[aria-label^="DE face file 000 → DE face file 000:"]').focus()
  await expect(page.getByTestId('said')).toContainText(`${sent} transfers`)
  await page.keyboard.press('ControlOrMeta+End')
  const last = page.locator('a.cell:focus'), label = (await last.getAttribute('aria-label'))!
  await expect(last).toBeInViewport()
  await expect(map(page).locator('g[data-stays] text.at')).toHaveText([label.match(/→ (.*?): /)![1], label.split(' → ')[0]])
  for (const t of await map(page).locator('g[data-stays] text.at').all()) await expect(t).toBeInViewport()
})

test('how long three hundred take is printed', async ({ page }) => {
  for (const picture of ['', 'matrix']) {
    await visit(page, '#/overview?picture=' + picture)
    await settled(page)
    const times = await page.evaluate(async () => {
      const slider = document.querySelector<SVGGElement>('.handle')!, out: number[] = []
      for (let i = 0; i < 12; i++) {
        const begin = performance.now()
        slider.dispatchEvent(new KeyboardEvent('keydown', { key: i % 10 < 5 ? 'ArrowRight' : 'ArrowLeft', bubbles: true }))
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
        out.push(performance.now() - begin)
      }
      return out.sort((a, b) => a - b)
    })
    console.log(`${await page.locator('.flow, a.cell').count()} bands or fields; 300 systems, brush to ${picture || 'map'}: median ${times[6].toFixed(0)} ms, most ${times[11].toFixed(0)} ms`)
  }
})

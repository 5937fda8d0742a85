import { readFileSync } from 'node:fs'
import { accessible, expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const map = (page: Page) => page.locator('.picture svg.flows')
const rows = (page: Page) => page.locator('.flowtable tbody tr')
const tally = (page: Page) => page.locator('.tally')

test('who sends to whom, how much, and how that is known', async ({ page }) => {
  await visit(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Who sends facial images to whom')
  await expect(tally(page)).toContainText('All time')
  await expect(tally(page).locator('.exercise')).toBeVisible()
  for (const s of ['RECORDED', 'CLAIMED', 'DENIED', 'NO_INFORMATION']) await expect(map(page).locator('.flow.' + s).first()).toBeAttached()
  await expect(tally(page)).toContainText(/: [\d,]+ transfers recorded/) // no span: senders and receivers were put together
  await expect(map(page)).toContainText('INPOL')
  await expect(rows(page).first()).toContainText('INPOL')
  await rows(page).first().getByRole('link', { name: /entries/ }).click()
  await expect(page).toHaveURL(/#\/events\?from=bka&to=inpol/)
  await expect(page.locator('tbody tr').first()).toContainText('Enrolment')
})

test('standings are told apart by more than colour', async ({ page }) => {
  // The exercise has one source, so that nothing in it is corroborated: what a flow looks like that is, or that is contested, is seen by another answer.
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    const rows = (body.data?.flows?.rows ?? []).filter((r: any) => r.split.length && r.count)
    rows.forEach((r: any, i: number) => { r.split[0].value = ['RECORDED', 'CORROBORATED', 'CONTESTED'][i % 3] })
    await route.fulfill({ response: res, json: body })
  })
  await visit(page)
  const all = ['RECORDED', 'CORROBORATED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION']
  await expect(map(page).locator('.flow.CONTESTED').first()).toBeAttached()
  const looks = await Promise.all(all.map((s) => map(page).locator('.flow.' + s).first().evaluate((g) => getComputedStyle(g.querySelector('.line')!).strokeDasharray + (g.querySelector('.inner') ? ' double' : ''))))
  expect(new Set(looks).size).toBe(6)
  for (const [s, mark] of [['CLAIMED', '◇'], ['CONTESTED', '⚡'], ['DENIED', '✕'], ['NO_INFORMATION', '?']]) await expect(map(page).locator(`.flow.${s} .mark`).first()).toHaveText(mark)
  for (const s of ['recorded', 'corroborated', 'claimed', 'contested', 'denied', 'no information']) await expect(page.locator('fieldset.legend').getByRole('checkbox', { name: new RegExp('^\\W*' + s) })).toBeChecked()
})

test('what is only claimed is no number, and no information is said', async ({ page }) => {
  await visit(page, '#/overview?exercise=without')
  await expect(tally(page)).toContainText('Nothing is recorded; 32 systems are spoken of.')
  const searched = rows(page).filter({ hasText: 'BuzzFeed' })
  await expect(searched).toContainText('none recorded')
  await expect(searched).toContainText('more than 320 searches')
  await expect(searched).toContainText('as said at least 321 searches')
  await expect(searched.locator('.chip')).toContainText('claimed')
  await expect(rows(page).filter({ hasText: 'no information' }).first()).toContainText('Federal Government')
  await expect(map(page).locator('.exercise, .flow.RECORDED')).toHaveCount(0)
})

test('a stretch of time is chosen by keyboard, by list and by dragging, and is in the address', async ({ page }) => {
  await visit(page)
  const until = page.getByRole('slider', { name: 'Until' }), from = page.getByRole('slider', { name: 'From' })
  const all = await tally(page).innerText(), y = await map(page).locator('.node').nth(5).locator('text').getAttribute('y')
  await until.focus()
  await page.keyboard.press('ArrowLeft')
  await expect(until).toHaveAttribute('aria-valuetext', 'June 2025')
  await expect(page).toHaveURL(/until=2025-06/)
  expect(await tally(page).innerText()).not.toBe(all)
  expect(await map(page).locator('.node').nth(5).locator('text').getAttribute('y')).toBe(y) // nothing jumps
  await page.locator('.brush').getByRole('combobox', { name: 'From' }).selectOption({ label: 'March 2025' })
  await expect(from).toHaveAttribute('aria-valuetext', 'March 2025')
  await expect(page).toHaveURL(/since=2025-03&until=2025-06|until=2025-06&since=2025-03/)
  await page.reload()
  await expect(tally(page)).toContainText('March 2025 – June 2025')
  await page.getByRole('button', { name: 'All time' }).click()
  const box = (await page.locator('.brush svg').boundingBox())!
  await page.mouse.move(box.x + box.width * .3, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * .55, box.y + 20, { steps: 4 })
  await page.mouse.up()
  await expect(tally(page)).toContainText('February 2025 – April 2025')
})

test('days of a stretch', async ({ page }) => {
  await visit(page, '#/overview?since=2025-03&until=2025-03')
  await expect(tally(page)).toContainText('March 2025')
  await page.getByRole('button', { name: 'By day' }).click()
  await expect(page.locator('.brush .bar')).toHaveCount(31)
  await expect(tally(page)).toContainText('March 2025: ')
  await page.getByRole('combobox', { name: 'Until' }).selectOption({ label: '7 Mar 2025' })
  await expect(tally(page)).toContainText('7 Mar 2025')
  await page.getByRole('button', { name: 'Back to months' }).click()
  await expect(page.locator('.brush .bar')).toHaveCount(8)
})

test('filters by purpose, kind and country; between organisations and countries', async ({ page }) => {
  await visit(page)
  await page.locator('summary', { hasText: 'Purpose' }).click()
  await page.getByRole('checkbox', { name: 'border-control' }).check()
  await expect(page).toHaveURL(/purposes=border-control/)
  await expect(tally(page)).toContainText('of 544 entries')
  await expect(page.getByText('Claims name no kind, purpose or legal basis')).toBeVisible()
  await page.getByRole('link', { name: 'Take filters away' }).click()
  await page.locator('summary', { hasText: 'Countries' }).click()
  await page.getByRole('checkbox', { name: 'Niger' }).check()
  await expect(map(page).locator('.node').filter({ hasText: 'Niger' }).first()).toBeVisible()
  await expect.poll(() => rows(page).filter({ hasText: 'Australia' }).count()).toBe(0)
  await visit(page, '#/overview?level=country')
  await expect(map(page)).toContainText('Germany')
  await visit(page, '#/overview?level=organisation')
  await page.reload()
  await expect(map(page)).toContainText('Federal Criminal Police Office')
})

test('one name alone, by keyboard; a kind of standing is hidden', async ({ page }) => {
  await visit(page)
  await expect(map(page).locator('.node').first()).toBeVisible()
  const inpol = map(page).locator('a.node', { hasText: 'INPOL' }).first()
  await map(page).locator('a.node[tabindex="0"]').focus()
  for (let i = 0; i < 45 && !(await inpol.evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/overview\/inpol/)
  for (const r of await rows(page).all()) await expect(r).toContainText('INPOL')
  await page.getByRole('link', { name: 'Show all' }).click()
  await page.getByRole('checkbox', { name: /^recorded/ }).uncheck()
  await expect(page).toHaveURL(/hide=RECORDED/)
  await expect(map(page).locator('.flow.RECORDED')).toHaveCount(0)
})

test('three hundred systems: the largest are shown, the others are counted, and each is found by its name', async ({ page }) => {
  const none = { entries: 0, listed: 0, quantities: [], unstated: 0 }, end = (value: string) => ({ value, absent: null })
  const made = Array.from({ length: 900 }, (_, i) => ({
    from: end('system-' + i % 300), to: end('system-' + (i * 7 + 1) % 300), at: { value: `2025-0${1 + i % 6}`, absent: null }, split: [{ value: 'RECORDED' }], count: 900 - i, superseded: 0, exercise: 0,
    transfers: 900 - i, sent: { ...none, entries: 900 - i }, received: none, other: none,
  }))
  await page.route('**/graphql', async (route) => {
    const last = { treeSize: 1, complete: true, incompleteReason: null, pageInfo: { hasNextPage: false, endCursor: null } }
    if (route.request().postData()?.includes('query Flows')) await route.fulfill({ json: { data: { flows: { ...last, groups: 900, rows: made } } } })
    else await route.continue()
  })
  await visit(page, '#/overview?hide=CLAIMED,DENIED,NO_INFORMATION')
  await expect(tally(page)).toContainText('300 systems take part')
  const left = map(page).locator('a.node[data-stop^="<"]')
  await expect(left).toHaveCount(40)
  await expect(left.last()).toContainText('others')
  await left.last().click()
  await expect(left).toHaveCount(80)
  await page.getByRole('combobox', { name: 'Only to or from' }).fill('system-250')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/overview\/system-250\?/)
  await expect(left).toHaveCount(2) // the one that sends to it, and itself
  for (const r of await rows(page).all()) await expect(r).toContainText('system-250')
})

test('taken away as CSV, JSON, SVG and PNG', async ({ page }) => {
  await visit(page, '#/overview?since=2025-03&until=2025-04')
  await expect(map(page)).toBeVisible()
  const take = async (name: string) => {
    const saved = page.waitForEvent('download')
    await page.locator('.take').first().getByRole('button', { name }).click()
    return readFileSync(await (await saved).path())
  }
  expect((await take('CSV')).toString()).toMatch(/^\uFEFFfrom,to,from_name,to_name,standing,period_from,period_to,count,exercise,transfers_at_least,transfers_at_most,/)
  expect(JSON.parse((await take('JSON')).toString())).toMatchObject({ level: 'SYSTEM', period: { since: '2025-03', until: '2025-04' } })
  const drawn = (await take('SVG')).toString()
  expect(drawn).toContain('March 2025 – April 2025')
  expect(drawn).toMatch(/paint-order="stroke/) // else the halo of a mark hides it
  expect((await take('PNG')).subarray(1, 4).toString()).toBe('PNG')
})

test('a brush is answered at once: how fast is printed', async ({ page }) => {
  await visit(page)
  await expect(map(page).locator('.flow').first()).toBeAttached()
  const times = await page.evaluate(async () => {
    const slider = document.querySelector<SVGGElement>('.handle')!, tally = document.querySelector('.tally')!, out: number[] = []
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
    for (let i = 0; i < 20; i++) {
      const begin = performance.now(), was = tally.textContent
      slider.dispatchEvent(new KeyboardEvent('keydown', { key: i % 10 < 5 ? 'ArrowRight' : 'ArrowLeft', bubbles: true }))
      await frame()
      if (tally.textContent === was) throw new Error('nothing changed')
      out.push(performance.now() - begin)
    }
    return out.sort((a, b) => a - b)
  })
  console.log(`brush to picture: median ${times[10].toFixed(0)} ms, most ${times[19].toFixed(0)} ms`)
})

test('the first view takes less than 150 kB of script', async ({ page }) => {
  let bytes = 0
  page.on('response', async (r) => { if (r.url().endsWith('.js')) bytes += Number(r.headers()['content-length']) })
  const begin = Date.now()
  await visit(page)
  await expect(map(page).locator('.flow').first()).toBeAttached()
  console.log(`first view: ${bytes} bytes of script, ${Date.now() - begin} ms`)
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(150_000)
})

test('the overview is accessible', async ({ page }) => {
  await accessible(page, '#/overview/inpol?since=2025-03', async (p) => { await expect(map(p).locator('.flow').first()).toBeAttached() })
})

test('what is only spoken of is accessible, too', async ({ page }) => {
  await accessible(page, '#/overview?exercise=without', async (p) => { await expect(map(p).locator('.flow').first()).toBeAttached() })
})

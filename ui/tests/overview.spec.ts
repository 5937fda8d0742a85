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
  for (const s of ['RECORDED', 'CLAIMED', 'DENIED', 'NO_INFORMATION']) await expect(map(page).locator(':scope > .flow.' + s).first()).toBeAttached()
  await expect(tally(page)).toContainText(/: [\d,]+ transfers recorded/) // no span: senders and receivers were put together
  await expect(map(page)).toContainText('INPOL')
  await expect(rows(page).first()).toContainText('INPOL')
  await rows(page).first().getByRole('link', { name: /entries/ }).click()
  await expect(page).toHaveURL(/#\/events\?from=bka&to=inpol/)
  await expect(page.locator('tbody tr').first()).toContainText('Enrolment')
})

test('standings are told apart by more than colour, in the map and in the matrix', async ({ page }) => {
  await visit(page)
  const all = ['RECORDED', 'CORROBORATED', 'CLAIMED', 'CONTESTED', 'DENIED', 'NO_INFORMATION']
  await expect(map(page).locator(':scope > .flow.CONTESTED').first()).toBeAttached()
  const looks = await Promise.all(all.map((s) => map(page).locator(':scope > .flow.' + s).first().evaluate((g) => getComputedStyle(g.querySelector('.line')!).strokeDasharray + (g.querySelector('.inner') ? ' double' : ''))))
  expect(new Set(looks).size).toBe(6)
  const marks = [['CLAIMED', '◇'], ['CONTESTED', '⚡'], ['DENIED', '✕'], ['NO_INFORMATION', '?']]
  for (const [s, mark] of marks) await expect(map(page).locator(`:scope > .flow.${s} .mark`).first()).toHaveText(mark)
  for (const s of ['recorded', 'corroborated', 'claimed', 'contested', 'denied', 'no information']) await expect(page.locator('fieldset.legend').getByRole('checkbox', { name: new RegExp('^\\W*' + s) })).toBeChecked()
  // Where each arrives there is a head, and how wide so many are is said.
  expect(await map(page).locator(':scope > .flow .head').count()).toBe(await map(page).locator(':scope > .flow').count())
  await expect(map(page)).toContainText(/[\d,]+ transfers\s*recorded/)
  await page.getByRole('button', { name: 'Matrix' }).click()
  await expect(map(page).locator('.cell.CONTESTED').first()).toBeAttached()
  const boxes = await Promise.all(all.map((s) => map(page).locator(`a.cell.${s} .box`).first().evaluate((r) => getComputedStyle(r).strokeDasharray + (r.parentElement!.querySelector('.twice') ? ' double' : ''))))
  expect(new Set(boxes).size).toBe(6)
  for (const [s, mark] of marks) await expect(map(page).locator(`a.cell.${s} .mark`).first()).toHaveText(mark)
})

test('what nobody counted is not told as 0 of bands for several flows, either', async ({ page }) => {
  await visit(page, '#/overview')
  const bands = map(page).locator('.flow:not([data-key] *)'), told: string[] = []
  await expect(page.locator('.sides')).toHaveText('') // both sides are put together: it is drawn anew no more
  for (const band of await bands.all()) {
    await band.dispatchEvent('pointerenter')
    told.push(await band.locator('title').textContent() ?? '')
  }
  expect(told.filter((t) => / 0 /.test(t))).toEqual([])
  expect(told.filter((t) => /^\d+ flows: claimed, \d+ claims$/.test(t)).length).toBeGreaterThan(0)
})

test('the same as a matrix: by keyboard, in words, with the same filters, in the address, to be taken away', async ({ page }) => {
  await visit(page, '#/overview?until=2025-04&since=2025-03')
  await page.getByRole('button', { name: 'Matrix' }).click()
  await expect(page).toHaveURL(/picture=matrix/)
  await expect(map(page).locator('a.cell').first()).toBeAttached()
  const said = page.getByTestId('said'), at = () => page.evaluate(() => document.activeElement!.getAttribute('aria-label'))
  await map(page).locator('a.cell[tabindex="0"]').focus()
  const first = await at()
  await expect(said).toHaveText(first!)
  expect(first).toMatch(/^.+ → .+: (recorded|corroborated), [\d,]+ transfers?/)
  await page.keyboard.press('ArrowDown')
  const below = await at()
  expect(below!.split(' → ')[1].split(':')[0]).toBe(first!.split(' → ')[1].split(':')[0]) // the same receiver
  expect(below).not.toBe(first)
  await page.keyboard.press('ControlOrMeta+End')
  expect(await at()).not.toBe(below)
  await page.keyboard.press('ControlOrMeta+Home')
  expect(await at()).toBe(first)
  await page.getByRole('combobox', { name: 'Order' }).selectOption({ label: 'by country' })
  await expect(page).toHaveURL(/order=country/)
  await page.getByRole('checkbox', { name: /^recorded/ }).uncheck()
  await expect(map(page).locator('a.cell.RECORDED')).toHaveCount(0)
  await page.getByRole('checkbox', { name: /^recorded/ }).check()
  await page.reload()
  await expect(page.getByRole('button', { name: 'Matrix' })).toHaveAttribute('aria-pressed', 'true')
  const saved = page.waitForEvent('download')
  await page.locator('.take').getByRole('button', { name: 'SVG' }).click()
  const drawn = readFileSync(await (await saved).path(), 'utf8')
  expect(drawn).toContain('March 2025 – April 2025')
  expect(drawn).toContain('INPOL')
  // Its cell leads to what is behind it.
  await map(page).locator('a.cell.RECORDED').first().focus()
  const n = Number((await at())!.match(/([\d,]+) transfers?/)![1].replace(',', ''))
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/events\?from=.*&to=.*&kinds=ENROL.*&since=2025-03&until=2025-04/)
  await expect(page.locator('tbody tr').first()).toBeVisible()
  expect(n).toBeGreaterThan(0)
})

test('who denies what is recorded is said beside it', async ({ page }) => {
  await visit(page, '#/overview/exercise-ne-photo-file')
  const both = rows(page).filter({ hasText: /federal police.*Niger/ })
  await expect(both.filter({ hasText: 'contested' })).toHaveCount(1)
  await expect(both.filter({ hasText: 'Exercise control: denied' })).toHaveCount(1)
  for (const told of await both.allTextContents()) expect(told).not.toContain('none recorded')
})

test('a band leads to the entries behind it, with the filter that is set', async ({ page }) => {
  await visit(page, '#/overview?purposes=handover&exercise=only')
  await expect(page.getByText('Sender and receiver are being')).toBeHidden()
  const band = map(page).locator(':scope > .flow.CORROBORATED')
  await expect(band).toHaveCount(1)
  // What two gateways say of the same is one transfer of two entries.
  await expect(rows(page).filter({ hasText: 'corroborated' })).toContainText(/Photograph file, France.*corroborated.*2\s*sent 2, received 2/)
  await expect(rows(page).filter({ hasText: 'contested' })).toContainText(/Niger.*contested.*1\s*sent 1/)
  await band.locator('.grip').dispatchEvent('click')
  await expect(page).toHaveURL(/#\/events\?.*purposes=handover&exercise=only/)
  await expect(page.locator('tbody tr')).toHaveCount(4)
})

test('what the public record says is not taken for exercise data, since what is recorded is', async ({ page }) => {
  await visit(page)
  await expect(tally(page)).toContainText(/([\d,]+) of the \1 recorded entries are exercise data; from the public record, and no exercise: \d+ of [\d,]+ flows shown/)
  await expect(map(page).locator('.caption').nth(1)).toContainText(/recorded entries are exercise data; from the public record, and no exercise: \d+ of/)
  // As many are shown where exercise data is not.
  const earnest = Number((await tally(page).innerText()).match(/no exercise: (\d+) of/)![1])
  await visit(page, '#/overview?exercise=without')
  await page.reload()
  await expect(tally(page)).toContainText('Nothing is recorded')
  await expect(rows(page)).toHaveCount(earnest)
  await expect(tally(page)).not.toContainText('exercise data')
  await visit(page, '#/overview?exercise=only')
  await page.reload()
  await expect(tally(page)).toContainText('recorded entries are exercise data')
  await expect(tally(page)).not.toContainText('public record')
})

test('the headline counts systems, organisations and countries as what they are, and apart what is only spoken of', async ({ page }) => {
  await visit(page)
  await expect(tally(page)).toContainText(/transfers recorded; taking part: \d+ systems and \d+ organisations\. Only spoken of: \d+ systems and \d+ organisations\./)
  const of = async (r: RegExp) => Number((await tally(page).innerText()).match(r)![1]), systems = await of(/part: (\d+) systems/)
  await visit(page, '#/overview?hide=CLAIMED,DENIED,NO_INFORMATION,CONTESTED')
  await page.reload()
  await expect(tally(page)).toContainText('transfers recorded')
  await expect(tally(page)).not.toContainText('spoken of')
  await expect.poll(() => of(/part: (\d+) systems/)).toBe(systems)
  await visit(page, '#/overview?level=country', { language: 'de' })
  await page.reload()
  await expect(tally(page)).toContainText(/beteiligt: \d+ Länder und Stellen ohne Land\./)
})

test('what is only claimed is no number, and no information is said', async ({ page }) => {
  await visit(page, '#/overview?exercise=without')
  await expect(tally(page)).toContainText(/Nothing is recorded\. Only spoken of: \d+ systems and \d+ organisations\./)
  const searched = rows(page).filter({ hasText: 'BuzzFeed' })
  await expect(searched).toContainText('none recorded')
  await expect(searched).toContainText('more than 320 searches')
  await expect(searched).toContainText('as said at least 321 searches')
  await expect(searched.locator('.chip')).toContainText('claimed')
  await expect(rows(page).filter({ hasText: 'no information' }).first()).toContainText('Federal Government')
  await expect(map(page).locator(':scope > .exercise, :scope > .flow.RECORDED')).toHaveCount(0)
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

test('the chosen time is shown and no other, also where nothing is recorded', async ({ page }) => {
  const from = page.locator('.brush').getByRole('combobox', { name: 'From' }), until = page.locator('.brush').getByRole('combobox', { name: 'Until' })
  const picked = (select: typeof from) => select.evaluate((s: HTMLSelectElement) => s.selectedOptions[0].textContent)
  await visit(page, '#/overview?since=2025-07&until=2025-07')
  await expect(tally(page)).toContainText(/July 2025: [\d,–]+ transfers recorded/)
  await page.locator('summary', { hasText: 'Purpose' }).click()
  await page.getByRole('checkbox', { name: 'Search for a missing person' }).check()
  await expect(tally(page)).toContainText('July 2025: Nothing is recorded.')
  for (const select of [from, until]) expect(await picked(select)).toBe('July 2025')
  await expect(page.getByRole('slider', { name: 'Until' })).toHaveAttribute('aria-valuetext', 'July 2025')
  // The months in which something is are there to be chosen.
  await until.selectOption({ label: 'June 2025' })
  await expect(tally(page)).toContainText(/June 2025: [\d,–]+ transfers recorded/)
  await expect(page).toHaveURL(/since=2025-06&until=2025-06/)
  expect(await until.locator('option').allTextContents()).not.toContain('July 2025')
  // Wholly and partly beyond what is recorded.
  for (const [time, words, positions] of [['since=2030&until=2031', '2030 – 2031', ['January 2030 – December 2031', 'January 2030 – December 2031']], ['since=2025-06&until=2025-09', 'June 2025 – September 2025', ['June 2025', 'September 2025']], ['since=2025-11', 'from November 2025', ['from November 2025', 'from November 2025']]] as const) {
    await page.goto('/#/overview?' + time)
    await expect(tally(page)).toContainText(words + ': ')
    expect([await picked(from), await picked(until)]).toEqual(positions)
    await expect(page.getByRole('button', { name: 'All time' })).toHaveAttribute('aria-disabled', 'false')
    await expect(tally(page)).toContainText(time.startsWith('since=2025-06') ? 'transfers recorded' : 'Nothing is recorded.')
  }
  await page.getByRole('button', { name: 'All time' }).press('Enter')
  await expect(page).toHaveURL(/overview$/)
  await expect(tally(page)).toContainText(/All time: [\d,–]+ transfers recorded/)
})

test('from the first to the last recorded month is not all time, where that was chosen', async ({ page }) => {
  await visit(page, '#/overview?purposes=missing-person&since=2025-01&until=2025-06')
  await expect(tally(page)).toContainText('January 2025 – June 2025: ')
  await expect(page.getByRole('button', { name: 'All time' })).toHaveAttribute('aria-disabled', 'false')
})

test('months of which some days were chosen are told with bounds, and as exercise data', async ({ page }) => {
  await visit(page, '#/overview?since=2025-03-10&until=2025-04-05')
  await expect(tally(page)).toContainText(/10 Mar 2025 – 5 Apr 2025: 0–[\d,]+ transfers recorded; .* ([\d,]+) of the \1 recorded entries are exercise data/)
  await expect(rows(page).first().locator('.exercise')).toBeVisible()
  await page.getByRole('button', { name: 'By day' }).click()
  await expect(tally(page)).toContainText(/10 Mar 2025 – 5 Apr 2025: [\d,]+ transfers recorded/)
})

test('what was chosen last is kept by who leaves at once, and filters no other page', async ({ page }) => {
  await visit(page)
  const until = page.getByRole('slider', { name: 'Until' })
  for (const [name, hash] of [['Live', '#/live'], ['Events', '#/events']]) {
    await until.press('Home')
    for (let i = 0; i < 3; i++) await until.press('ArrowRight')
    await page.getByRole('link', { name, exact: true }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
    await page.waitForTimeout(400) // longer than the address waits
    expect(new URL(page.url()).hash).toBe(hash)
    await page.goBack()
    await expect(page).toHaveURL(/overview\?until=2025-03/)
    await expect(tally(page)).toContainText('until March 2025')
    await page.getByRole('button', { name: 'All time' }).click()
    await expect(page).toHaveURL(/overview$/)
  }
  // By a way that nothing was clicked for, the choice is not kept, and leads nowhere else either.
  await until.press('ArrowLeft')
  await page.evaluate(() => { location.hash = '#/register' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Register')
  await page.waitForTimeout(400)
  expect(new URL(page.url()).hash).toMatch(/^#\/register[^?]*$/)
})

test('what was chosen last does not get into an earlier address that one goes back to', async ({ page }) => {
  await visit(page, '#/overview?exercise=only')
  await page.goto('/#/overview?since=2025-02&until=2025-05')
  await expect(tally(page)).toContainText('February 2025 – May 2025: ')
  await page.getByRole('slider', { name: 'Until' }).evaluate((slider) => {
    slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }))
    history.back()
  })
  await expect(tally(page)).toContainText('All time: ')
  await page.waitForTimeout(400)
  expect(new URL(page.url()).hash).toBe('#/overview?exercise=only')
})

test('who drags adds no step to the history, and may pause: the months stay where they are', async ({ page }) => {
  await visit(page, '#/overview?purposes=missing-person&since=2024-09&until=2024-12')
  await expect(page.locator('.brush .bar')).toHaveCount(10) // of which four were chosen, and nothing is recorded in them
  const steps = () => page.evaluate(() => history.length), before = await steps(), box = (await page.locator('.brush svg').boundingBox())!
  const at = (month: number) => page.mouse.move(box.x + 8 + (box.width - 16) * (month + .5) / 10, box.y + 20)
  await at(5)
  await page.mouse.down()
  for (const month of [6, 7]) {
    await at(month)
    await page.waitForTimeout(400) // longer than the address waits for who uses keys
  }
  await at(8)
  await expect(tally(page)).toContainText('February 2025 – May 2025: ')
  await page.mouse.up()
  await expect(page).toHaveURL(/since=2025-02&until=2025-05/)
  await expect(page.locator('.brush .bar')).toHaveCount(6)
  expect(await steps()).toBe(before)
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

test('what is recorded of some days is not shown as that of all time, while that is asked for', async ({ page }) => {
  await visit(page, '#/overview?days=2025-03-01/2025-03-07')
  await expect(tally(page)).toContainText('1 Mar 2025 – 7 Mar 2025: ')
  let answer = () => {}
  const held = new Promise<void>((done) => { answer = done })
  await page.route('**/graphql', async (route) => { await held; await route.continue() })
  await page.getByRole('button', { name: 'Back to months' }).click()
  await expect(page).toHaveURL(/overview$/)
  await expect(page.locator('main')).toHaveAttribute('aria-busy', 'true')
  await expect(tally(page)).toHaveCount(0)
  await expect(page.getByRole('status').filter({ hasText: 'Loading' })).toBeVisible()
  answer()
  await expect(tally(page)).toContainText('All time: ')
})

test('days of what was brushed just now', async ({ page }) => {
  await visit(page)
  const from = page.getByRole('slider', { name: 'From' }), until = page.getByRole('slider', { name: 'Until' })
  for (let i = 0; i < 3; i++) await from.press('ArrowRight')
  await until.press('Home')
  await page.getByRole('button', { name: 'By day' }).click()
  await expect(page.locator('.brush .bar')).toHaveCount(31)
  await page.waitForTimeout(400) // longer than the address waits
  await expect(tally(page)).toContainText('March 2025: ')
  await expect(page).toHaveURL(/overview\?days=2025-03%2F2025-03$/)
})

test('by days is shown what is claimed of these days, as by months', async ({ page }) => {
  const claimed = page.locator('fieldset.legend label').filter({ hasText: 'claimed' })
  await visit(page, '#/overview?since=2025-03&until=2025-03')
  await expect(tally(page)).toContainText('March 2025: ')
  const flows = async () => Number((await claimed.innerText()).match(/\d+/)![0]), inMarch = await flows()
  for (const days of ['2025-03-01/2025-03-31', '2025-02/2025-03&since=2025-03-01&until=2025-03-31', '2025-04-01/2025-04-02&since=2025-03-01&until=2025-03-31']) {
    await page.goto('/#/overview?days=' + days)
    await expect(tally(page)).toContainText(/^1 Mar 2025 – 31 Mar 2025: [\d,–]+ transfers recorded/)
    await expect.poll(flows).toBe(inMarch)
  }
  // One is of 2020 and before (entry 154), two of what goes on since September 2025 (297 and 298); the others name no time.
  for (const [days, more] of [['2010-01-01/2010-01-31', 1], ['2025-10-01/2025-10-31', 2]] as const) {
    await page.goto('/#/overview?days=' + days)
    await expect(tally(page)).toContainText(/^\d+ (Jan 2010|Oct 2025) – 31 .*: Nothing is recorded\./)
    await expect(page.locator('.brush .bar')).toHaveCount(31)
    await expect.poll(flows).toBe(inMarch + more)
  }
})

test('who picked a band is led to its row once, and keeps the focus while the time is chosen', async ({ page }) => {
  await visit(page, '#/overview?level=country')
  await map(page).locator('.flow.RECORDED .grip, .flow .grip').first().dispatchEvent('click')
  const row = page.locator('#flow-picked')
  await expect(row).toBeFocused()
  const from = page.getByRole('slider', { name: 'From' })
  await from.focus()
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(/since=/)
  await expect(row).toBeVisible()
  await page.waitForTimeout(200) // two frames and more, in which the focus could go
  await expect(from).toBeFocused()
})

test('filters by purpose, kind and country; between organisations and countries', async ({ page }) => {
  await visit(page)
  await page.locator('summary', { hasText: 'Purpose' }).click()
  await page.getByRole('checkbox', { name: 'Border control' }).check()
  await expect(page).toHaveURL(/purposes=border-control/)
  await expect(tally(page)).toContainText('of the 544 recorded entries')
  await expect(page.getByText('Claims name no kind, purpose or legal basis')).toBeVisible()
  await page.getByRole('link', { name: 'Take filters away' }).click()
  await page.locator('summary', { hasText: 'Countries' }).click()
  await page.getByRole('checkbox', { name: 'Niger' }).check()
  await expect(map(page).locator('.node').filter({ hasText: 'Niger' }).first()).toBeVisible()
  await expect.poll(() => rows(page).filter({ hasText: 'Australia' }).count()).toBe(0)
  await visit(page, '#/overview?level=country')
  await expect(rows(page).filter({ hasText: 'no country: intergovernmental bodies' }).first()).toBeVisible()
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
  await expect(rows(page).filter({ hasText: 'INPOL' }).first()).toBeVisible()
  await expect(rows(page).filter({ hasNotText: 'INPOL' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Show all' }).click()
  await page.getByRole('checkbox', { name: /^recorded/ }).uncheck()
  await expect(page).toHaveURL(/hide=RECORDED/)
  await expect(map(page).locator(':scope > .flow.RECORDED')).toHaveCount(0)
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

test('the first view takes less than 150 kB of script, and does without the rest', async ({ page }) => {
  let bytes = 0, waits = () => {}
  const seen = new Promise<void>((done) => { waits = done })
  await page.route('**/others.js', async (route) => { await seen; await route.continue() })
  page.on('response', async (r) => { if (r.url().endsWith('.js')) bytes += Number(r.headers()['content-length']) })
  const begin = Date.now()
  await visit(page)
  await expect(map(page).locator('.flow').first()).toBeAttached()
  console.log(`first view: ${bytes} bytes of script, ${Date.now() - begin} ms`)
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(150_000)
  // Of another page there is its heading until it has come.
  await page.getByRole('link', { name: 'Events' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Events')
  await expect(page.getByRole('status').filter({ hasText: 'Loading' })).toBeVisible()
  waits()
  await expect(page.locator('tbody tr').first()).toBeVisible()
})

test('the overview is accessible', async ({ page }) => {
  await accessible(page, '#/overview/inpol?since=2025-03', async (p) => { await expect(map(p).locator('.flow').first()).toBeAttached() })
})

test('what is only spoken of is accessible, too', async ({ page }) => {
  await accessible(page, '#/overview?exercise=without', async (p) => { await expect(map(p).locator('.flow').first()).toBeAttached() })
})

test('the matrix is accessible', async ({ page }) => {
  await accessible(page, '#/overview?picture=matrix&order=country&purposes=handover,border-control', async (p) => { await expect(map(p).locator('a.cell').first()).toBeAttached() })
})

test('what a page shows is asked for once when the visit begins, and once more when its purpose changes', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (r) => {
    const { query, variables } = r.url().endsWith('/graphql') ? r.postDataJSON() : { query: '', variables: {} }
    const name = /^query (Flows|Spoken|Events)\b/.exec(query)?.[1]
    if (name) asked.push(name + (variables.split ? ' of both sides' : ''))
  })
  const dialog = page.getByRole('dialog')
  for (const [hash, expected] of [['#/overview', ['Flows', 'Flows of both sides', 'Spoken']], ['#/events?kinds=DISCLOSE', ['Events']]] as const) {
    await page.goto('/' + hash)
    for (const [purpose, words] of [['DEMONSTRATION', 'demonstration'], ['INTEGRITY', 'integrity']]) {
      await dialog.getByRole('combobox').selectOption(purpose)
      await dialog.getByRole('button', { name: 'Begin' }).click()
      await expect(page.getByTestId('visit')).toContainText(words, { ignoreCase: true })
      await expect.poll(() => expected.every((q) => asked.includes(q))).toBe(true)
      await expect(page.locator('main')).toHaveAttribute('aria-busy', 'false')
      expect(asked.splice(0).sort()).toEqual(expected)
      if (purpose === 'DEMONSTRATION') await page.getByTestId('visit').getByRole('button').click()
    }
    await page.evaluate(() => sessionStorage.clear())
    await page.goto('about:blank')
  }
})

test('filters can be taken away where there are some, and what is shown stays as it is', async ({ page }) => {
  await visit(page, '#/overview?level=country')
  await expect(page.locator('svg.flows .flow').first()).toBeAttached()
  const clear = page.getByRole('link', { name: 'Take filters away' })
  await expect(clear).toHaveCount(0)
  await page.goto('/#/overview?level=country&exercise=only')
  await clear.click()
  await expect(page).toHaveURL(/#\/overview\?level=country$/)
  await expect(clear).toHaveCount(0)
})

/** What is on the links to the entries behind the flows of an address, once the server has put the sides together. */
async function linksOf(page: Page, hash: string): Promise<{ href: string, entries: number }[]> {
  await visit(page, hash)
  await page.reload()
  await expect(rows(page).first()).toBeVisible()
  await expect(page.locator('.sides')).toBeEmpty()
  await expect(page.locator('.tally')).not.toContainText('Loading')
  for (const more = page.getByRole('button', { name: /^Show more/ }); await more.count();) await more.click()
  const links = await rows(page).getByRole('link', { name: /^[\d,]+ entr/ }).all()
  return Promise.all(links.map(async (l) => ({ href: (await l.getAttribute('href'))!, entries: Number((await l.innerText()).match(/[\d,]+/)![0].replaceAll(',', '')) })))
}

/** How many entries are in the list that a link leads to: as it says, or, where it is long, as the server counts what the list asked for. */
async function listed(page: Page, href: string): Promise<number> {
  const answer = page.waitForResponse((r) => r.url().endsWith('/graphql') && r.request().postDataJSON().query.includes('events('))
  await page.evaluate((href) => { location.hash = href }, href)
  const { filter } = (await answer).request().postDataJSON().variables, status = page.locator('.filters ~ p[role=status]')
  await expect(status).toContainText(/all|more|Nothing/)
  const said = await status.innerText()
  if (!said.includes('more')) return Number(said.match(/^([\d,]+) entr/)?.[1].replaceAll(',', '') ?? 0)
  const counts = await page.request.post('/graphql', { headers: { 'Lichtspur-Purpose': 'demonstration' }, data: { query: 'query($filter: EventFilter) { counts(by: [EXERCISE], filter: $filter) { total superseded } }', variables: { filter } } })
  const { total, superseded } = (await counts.json()).data.counts
  return total + superseded
}

test('a flow of any kind leads to as many entries as it says, a search to those in the database that it searched', async ({ page }) => {
  test.setTimeout(180_000)
  for (const [hash, most] of [['#/?kinds=QUERY', 30], ['#/?kinds=QUERY&level=organisation', 10], ['#/?kinds=QUERY,DISCLOSE', 10], ['#/?kinds=ENROL,TRAIN', 5], ['#/?kinds=RECEIVE', 5], ['#/', 10]] as const) {
    const links = await linksOf(page, hash)
    expect(links.length).toBeGreaterThan(0)
    for (const { href, entries } of links.slice(0, most)) expect([href, await listed(page, href)]).toEqual([href, entries])
  }
  // A field of the matrix leads there, too.
  await visit(page, '#/?kinds=QUERY&picture=matrix')
  await page.reload()
  const cell = map(page).locator('a.cell').first(), href = await cell.getAttribute('href'), said = await cell.getAttribute('aria-label')
  expect(await listed(page, href!)).toBe(Number(said!.match(/([\d,]+) transfer/)![1].replaceAll(',', '')))
})

test('a part of the time leads to as many entries as it says, also where a transfer was received in another month', async ({ page }) => {
  test.setTimeout(120_000)
  const links = await linksOf(page, '#/overview/icis?since=2025-03&until=2025-04'), israel = links.find((l) => l.href.includes('from=exercise-il-photo-file'))!
  // Both sides of the transfers that were sent in these months, one of which was received in May.
  await expect(rows(page).filter({ hasText: /^Photograph file, Israel/ })).toContainText('sent 8, received 8')
  expect(israel.entries).toBe(15)
  await expect(page.getByText('its receiver may give another day')).toBeVisible()
  for (const { href, entries } of links) expect([href, await listed(page, href)]).toEqual([href, entries])
  // As by months, so by days.
  const days = await linksOf(page, '#/overview/icis?days=2025-03/2025-04')
  for (const { href, entries } of days.slice(0, 3)) expect([href, await listed(page, href)]).toEqual([href, entries])
  // Of all time both sides are in the list, and nothing is to be explained.
  await linksOf(page, '#/overview/icis')
  await expect(page.getByText('its receiver may give another day')).toHaveCount(0)
})

import { readFileSync } from 'node:fs'
import { cells } from './csv'
import { accessible, expect, test, visit } from './visit'

test('organisations are found, and lead to their events and to what declares them', async ({ page }) => {
  await visit(page, '#/register')
  await expect(page.getByRole('heading', { name: 'Organisations' })).toBeVisible()
  await page.getByRole('searchbox').fill('kriminalamt')
  const row = page.locator('tbody tr')
  await expect(row).toHaveCount(1)
  await expect(row).toContainText('Federal Criminal Police Office')
  await expect(row).toContainText('national central bureau')
  expect(page.url()).not.toContain('kriminalamt')
  await row.getByRole('link', { name: /^Events of/ }).click()
  await expect(page).toHaveURL(/#\/events\?organisations=bka/)
  await page.goBack()
  await page.getByRole('searchbox').fill('kriminalamt')
  await row.getByRole('link', { name: /^Declaration of/ }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Declaration')
  await expect(page.locator('.fields, main')).toContainText(['bka'])
})

test('systems stand with their parts below them', async ({ page }) => {
  await visit(page, '#/register/systems')
  const rows = page.locator('tbody tr')
  await expect(rows.first()).toBeVisible()
  const all = await rows.locator('td:first-child').evaluateAll((cells) => cells.map((c) => ({ id: c.querySelector('code')!.textContent, depth: +/\d/.exec(c.className)![0] })))
  const whole = all.findIndex((s) => s.id === 'icis'), part = all.findIndex((s) => s.id === 'ifrs')
  expect(part).toBeGreaterThan(whole)
  expect(all[part].depth).toBe(all[whole].depth + 1)
  await expect(rows.filter({ hasText: 'exercise-de-federal-police-desk' }).locator('.exercise')).toBeVisible()
})

test('agreements and keys, with what became of them', async ({ page }) => {
  await visit(page, '#/register/agreements')
  await expect(page.locator('tbody tr')).toContainText(['Agreement of BKA and the Interpol General Secretariat'])
  await page.getByRole('navigation', { name: 'Parts of the register' }).getByRole('link', { name: 'Keys' }).click()
  const key = page.locator('tbody tr').filter({ hasText: 'exercise-gateway-key' })
  await expect(key).toContainText('since 1 Feb 2026')
  await expect(key).toContainText('a laptop was lost')
  await expect(key).toContainText('no longer valid')
  await key.getByText('Show the key').click()
  await expect(key.locator('pre')).toContainText('BEGIN PUBLIC KEY')
})

test('sources with gaps, silence and what is lacking', async ({ page }) => {
  await visit(page, '#/register/sources')
  const gateway = page.locator('tbody tr').filter({ hasText: 'exercise-gateway' })
  await expect(gateway).toContainText('silent for too long')
  await expect(gateway).toContainText('expected every 1 s')
  await gateway.getByText(/^\d+ gaps?$/).click() // other tests let it speak, and be silent, too
  await expect(gateway.locator('li').first()).toContainText('UTC')
  const exercise = page.locator('tbody tr').filter({ has: page.getByRole('link', { name: 'Events of exercise: 20,000' }) })
  await expect(exercise).toContainText('no rhythm declared')
  await exercise.getByRole('link', { name: /^justification: / }).click()
  await expect(page).toHaveURL(/sources=exercise&missing=JUSTIFICATION/)
  await expect(page.locator('tbody tr').first()).toBeVisible()
})

test('of a source that declared no rhythm it is not told that it reports, nor that it has no gaps; in files neither', async ({ page }) => {
  await visit(page, '#/register/sources')
  const silent = page.locator('tbody tr').filter({ has: page.getByRole('link', { name: 'Events of exercise: 20,000' }) })
  await expect(silent).toContainText('has reported, rhythm not known')
  await expect(silent.locator('.chip.good')).toHaveCount(0)
  await expect(silent.locator('td').nth(3)).toHaveText('cannot be told')
  const take = async (name: string) => {
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name }).click()
    return readFileSync(await (await saved).path(), 'utf8').replace(/^\uFEFF/, '')
  }
  const [head, ...rows] = cells(await take('CSV'), ','), columns = ['overdue', 'gaps_state', 'gaps', 'gap_seconds', 'gap_times']
  const of = (id: string) => { const row = rows.find((r) => r[0] === id)!; return columns.map((c) => row[head.indexOf(c)]) }
  for (const id of ['exercise', 'exercise-bka']) expect([id, ...of(id)]).toEqual([id, '', 'NOT_DETERMINABLE', '', '', ''])
  expect(of('exercise-gateway').slice(0, 2)).toEqual(['true', 'COUNTED'])
  expect(Number(of('exercise-gateway')[2])).toBeGreaterThan(0)
  const all = JSON.parse(await take('JSON')), one = (id: string) => all.find((s: { id: string }) => s.id === id)
  for (const id of ['exercise', 'exercise-bka']) expect(one(id)).toMatchObject({ gaps: null, overdue: null, gapsState: 'NOT_DETERMINABLE' })
  expect(one('exercise-gateway')).toMatchObject({ overdue: true, gapsState: 'COUNTED' })
})

test('a source of exercise data is marked, whatever its organisation is; one that never reported says so, and names have room', async ({ page }) => {
  await visit(page, '#/register/sources', { language: 'de' })
  const bureau = page.locator('tbody tr').filter({ has: page.locator('code', { hasText: /^exercise-bka$/ }) })
  await expect(bureau.locator('td').first().locator('.exercise')).toBeVisible()
  await expect(bureau.locator('td').nth(3)).toHaveText('noch nichts gemeldet')
  const scroll = page.locator('.scroll')
  await expect.poll(() => scroll.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0)
  await expect.poll(() => bureau.locator('td').first().evaluate((e) => e.clientWidth)).toBeGreaterThan(200)
})

for (const language of ['en', 'de']) {
  test(`organisations stand in the order of the names shown (${language})`, async ({ page }) => {
    await visit(page, '#/register/organisations', { language })
    const names = () => page.locator('tbody tr td:first-child').evaluateAll((all) => all.map((c) => c.querySelector('span[lang], code')!.textContent!.trim()))
    const inOrder = (n: string[]) => n.join() === [...n].sort(new Intl.Collator(language, { numeric: true }).compare).join()
    await expect.poll(async () => { const n = await names(); return n.length > 10 && inOrder(n) }).toBe(true)
  })
}

test('who read this record, when and why: this very reading is an entry', async ({ page }) => {
  await visit(page, '#/image/BBBBBBBBBBBBBBBBBBBBBA')
  await expect(page.locator('.empty')).toBeVisible()
  await page.getByRole('link', { name: 'Access ledger' }).click()
  const rows = page.locator('tbody tr')
  await expect(rows.first()).toContainText('demo')
  await expect(rows.first()).toContainText('Demonstration')
  await expect(rows.first()).toContainText('UTC')
  await page.getByLabel('Role').selectOption('operator')
  await expect(page.locator('.empty')).toContainText('No reading')
  await expect(page).toHaveURL(/roles=operator/)
  await page.getByRole('link', { name: 'Take filters away' }).click()
  await expect(rows.first()).toBeVisible()
  await page.reload() // the reading before is in the list now
  await expect(rows.filter({ hasText: 'Readers' }).first()).toBeVisible()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  expect(readFileSync(await (await saved).path(), 'utf8')).toMatch(/^\uFEFFindex,id,recorded,reader,reader_absent,role,/)
})

test('a reading that opened an entry says of what it lists that there is none', async ({ page }) => {
  await visit(page, '#/events?kinds=DECLARE')
  await page.locator('tbody tr').first().locator('a').first().click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Declaration')
  await page.getByRole('link', { name: 'Access ledger' }).click()
  const row = page.locator('tbody tr').filter({ has: page.locator('code', { hasText: /^Event$/ }) }).first()
  await expect(row).toContainText('no images, persons or cases')
  await expect(page.locator('.lead')).toContainText('other entries that were opened')
})

test('a reading of what is no list does not say that it had no rows', async ({ page }) => {
  await visit(page, '#/register/sources')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.getByRole('link', { name: 'Access ledger' }).click()
  const answer = (operation: RegExp) => page.locator('tbody tr').filter({ has: page.locator('code', { hasText: operation }) }).first().locator('td').last()
  await expect(answer(/^Sources$/)).toContainText('bytes')
  await expect(answer(/^Sources$/)).not.toContainText('row')
  await visit(page, '#/events?kinds=CLAIM')
  await page.reload()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.getByRole('link', { name: 'Access ledger' }).click()
  await expect(answer(/^Events$/)).toContainText(/\d+ rows/)
})

test('my own readings, page by page', async ({ page }) => {
  await visit(page, '#/readers')
  const rows = page.locator('tbody tr')
  await page.getByRole('checkbox', { name: 'My own readings only' }).check()
  await expect(page).toHaveURL(/own=1/)
  expect(page.url()).not.toContain('demo')
  await expect(rows.first()).toContainText('demo')
  for (let i = 0; i < 60 && await rows.count() < 100; i++) await page.reload() // each reading is one more
  const more = page.getByRole('button', { name: 'Show more' })
  if (await more.count()) {
    const before = await rows.count()
    await more.click()
    await expect.poll(() => rows.count()).toBeGreaterThan(before)
  }
  await expect(rows.filter({ hasNotText: 'demo' })).toHaveCount(0)
})

for (const at of ['organisations', 'systems', 'agreements', 'keys', 'sources']) {
  test(`the register of ${at} is accessible`, async ({ page }) => {
    await accessible(page, '#/register/' + at, async (p) => { await expect(p.locator('tbody tr').first()).toBeVisible() })
  })
}

test('the list of readers is accessible', async ({ page }) => {
  await accessible(page, '#/readers?purposes=DEMONSTRATION', async (p) => { await expect(p.locator('tbody tr').first()).toBeVisible() })
})

test('the access ledger has one name, in the menu, above the list and in the title', async ({ page }) => {
  await visit(page, '#/readers', { language: 'de' })
  for (const at of ['header nav a[aria-current]', 'h1']) await expect(page.locator(at)).toHaveText('Zugriffsprotokoll')
  await expect(page).toHaveTitle('Zugriffsprotokoll · Lichtspur')
  await expect(page.locator('.lead')).toContainText('Wer dieses Verzeichnis gelesen hat, wann und wozu.')
})

import { readFileSync } from 'node:fs'
import { cells } from './csv'
import { accessible, expect, test, visit, visitAs } from './visit'
import type { Page } from '@playwright/test'

const key = () => readFileSync('.run/data.keys/log.pub', 'utf8').trim()
const rows = (page: Page) => page.locator('tbody tr')

/** Changes the answers of the server on their way to the page, where change does. */
async function tamper(page: Page, change: (data: any) => void) {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch(), body = await res.json()
    change(body.data)
    await route.fulfill({ response: res, json: body })
  })
}

async function openDisclosure(page: Page, choices: Record<string, string> = {}) {
  await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED', choices)
  await rows(page).first().locator('a').first().click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Transfer')
}

test('filtered and sorted, with both in the address', async ({ page }) => {
  await visit(page, '#/events')
  await expect(rows(page).first()).toBeVisible()
  await page.locator('summary', { hasText: 'Kinds' }).click()
  await page.getByRole('checkbox', { name: 'Search', exact: true }).check()
  await expect(page).toHaveURL(/kinds=QUERY/)
  await expect.poll(() => rows(page).locator('.kind .kind').allInnerTexts().then((k) => [...new Set(k)].join())).toBe('Search')
  await page.getByRole('button', { name: 'Happened' }).click()
  await expect(page).toHaveURL(/order=OCCURRED/)
  await expect(page.getByRole('columnheader', { name: 'Happened' })).toHaveAttribute('aria-sort', 'ascending')
  await expect(rows(page).first().locator('.exercise')).toHaveText(/Exercise/)
  await page.reload()
  await expect(page.getByRole('columnheader', { name: 'Happened' })).toHaveAttribute('aria-sort', 'ascending')
  await expect(rows(page).first()).toContainText('Search')
  await page.getByLabel('Happened since').fill('2025-06-01')
  await expect(rows(page).first().locator('td.occurred')).toContainText('1 Jun 2025')
})

test('a filter is chosen by its words, and its list stays open until somebody goes elsewhere', async ({ page }) => {
  for (const [hash, name] of [['#/events', 'Kinds'], ['#/overview', 'Kinds'], ['#/events', 'Columns']]) {
    await visit(page, hash)
    await expect(page.locator('tbody tr').first()).toBeVisible()
    const menu = page.locator('details.menu', { has: page.locator('summary', { hasText: name }) }), list = menu.locator('fieldset')
    await menu.locator('summary').click()
    for (const nth of [0, 2]) {
      const label = list.locator('label').nth(nth), was = await label.getByRole('checkbox').isChecked(), box = (await label.boundingBox())!
      await page.mouse.click(box.x + box.width - 12, box.y + box.height / 2) // beside the box
      await expect(label.getByRole('checkbox')).toBeChecked({ checked: !was })
      await expect(list).toBeVisible()
    }
    const box = (await list.boundingBox())!
    await page.mouse.click(box.x + 3, box.y + 3)
    await expect(list).toBeVisible()
    await page.getByRole('heading', { level: 1 }).click()
    await expect(list).toBeHidden()
  }
})

test('an end before the beginning is not applied, and what was typed stays and is marked', async ({ page }) => {
  for (const [hash, since, until] of [['#/events', 'Happened since', 'Happened until'], ['#/readers', 'Read since', 'Read until']]) {
    await visit(page, hash)
    const [first, last] = [page.getByLabel(since, { exact: true }), page.getByLabel(until, { exact: true })]
    await first.fill('2025-07-01')
    await last.fill('2025-06-01')
    await expect(page.getByRole('region', { name: 'About this address' })).toContainText('the end is before the beginning')
    for (const [field, value] of [[first, '2025-07-01'], [last, '2025-06-01']] as const) {
      await expect(field).toHaveValue(value)
      await expect(field).toHaveAttribute('aria-invalid', 'true')
    }
    await last.fill('2025-08-01')
    await expect(page.getByRole('region', { name: 'About this address' })).toHaveCount(0)
    await expect(page).toHaveURL(/since=2025-07-01&until=2025-08-01/)
    for (const field of [first, last]) await expect(field).toHaveAttribute('aria-invalid', 'false')
  }
})

test('a row opens its entry wherever it is clicked', async ({ page }) => {
  await visit(page, '#/events?kinds=DISCLOSE')
  const id = await rows(page).nth(2).locator('a').first().getAttribute('href')
  await rows(page).nth(2).locator('td.purpose').click()
  await expect(page).toHaveURL(new RegExp(id + '$'))
})

test('another order begins at its first row', async ({ page }) => {
  await visit(page, '#/events')
  const table = page.getByRole('region', { name: 'Events' })
  await expect(rows(page).first()).toBeVisible()
  await table.evaluate((t) => { t.scrollTop = 2000 })
  await page.getByRole('button', { name: /^Happened/ }).click()
  await expect(page).toHaveURL(/order=OCCURRED/)
  await expect.poll(() => table.evaluate((t) => t.scrollTop)).toBe(0)
})

test('who comes back from an entry stands at its row again, and nothing is asked again', async ({ page }) => {
  let asked = 0
  page.on('request', (r) => { if (/query Events\b/.test(r.postData() ?? '')) asked++ })
  await visit(page, '#/events?kinds=QUERY')
  const box = page.locator('.tall'), row = (n: number) => page.locator(`tr[data-row="${n}"]`), link = (n: number) => row(n).locator('a').first()
  const scrollTo = async (n: number) => { await expect(async () => { await box.evaluate((b, n) => { b.scrollTop = n * b.querySelector('tr[data-row]')!.clientHeight }, n); await expect(row(n + 3)).toBeVisible({ timeout: 500 }) }).toPass() }
  await expect(row(0)).toBeVisible()
  for (const n of [60, 150]) await scrollTo(n)
  await expect(page.locator('main')).toHaveAttribute('aria-busy', 'false')
  const [id, top, before] = [await link(153).getAttribute('href'), await box.evaluate((b) => b.scrollTop), asked]
  await row(153).locator('td.purpose').click()
  await expect(page).toHaveURL(new RegExp(id + '$'))
  await expect(page.locator('h1')).toBeFocused()
  await page.goBack()
  await expect(link(153)).toBeFocused()
  await expect(link(153)).toHaveAttribute('href', id!)
  expect(await box.evaluate((b) => b.scrollTop)).toBe(top)
  expect(asked).toBe(before)

  // By keyboard from there.
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.locator('h1')).toBeFocused()
  await page.goBack()
  await expect(link(154)).toBeFocused()

  // The place is that of the entry that was opened, and not kept for whoever comes back from elsewhere.
  await box.evaluate((b) => { b.scrollTop = 0 })
  await page.getByRole('navigation').getByRole('link', { name: 'Register' }).click()
  await expect(page.locator('main table').first()).toBeVisible()
  await page.goBack()
  await expect(row(0)).toBeVisible()
  await expect(page.locator('h1')).toBeFocused()

  // Who comes another way begins at the top; for another purpose it is asked again.
  for (const name of ['Questionnaire', 'Events']) await page.getByRole('navigation').getByRole('link', { name }).click()
  await expect(page.locator('tbody tr').first()).toHaveAttribute('data-row', '0')
  expect(asked).toBeGreaterThan(before)
  await link(2).click()
  await expect(page.locator('dl.fields').first()).toBeVisible()
  const then = asked
  await page.getByTestId('visit').getByRole('button').click()
  await page.getByRole('dialog').getByRole('combobox').selectOption('INTEGRITY')
  await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click()
  await expect(page.locator('dl.fields').first()).toBeVisible()
  await page.goBack()
  await expect(link(2)).toBeFocused()
  expect(asked).toBe(then + 1)
})

test('columns are chosen', async ({ page }) => {
  await visit(page, '#/events')
  await page.locator('summary', { hasText: 'Columns' }).click()
  await page.getByRole('checkbox', { name: 'Legal basis' }).check()
  await expect(page.getByRole('columnheader', { name: 'Legal basis' })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Standing' }).uncheck()
  await expect(page.getByRole('columnheader', { name: 'Standing' })).toHaveCount(0)
})

test('all is scrolled through, page by page, and no row in sight is missing', async ({ page, request }) => {
  test.setTimeout(600_000)
  const res = await request.post('/graphql', { data: { query: '{ checkpoint { size } }' }, headers: { 'Lichtspur-Purpose': 'demonstration' } })
  const size = (await res.json()).data.checkpoint.size
  await visit(page, `#/events?asof=${size}`)
  await expect(rows(page).first()).toBeVisible()
  // A wheel that is held: three times as many rows a step as go into sight, and no further than what there is.
  const seen = await page.evaluate(async (size) => {
    const box = document.querySelector<HTMLElement>('.tall')!, frame = () => new Promise<number>((done) => requestAnimationFrame(done))
    const high = box.querySelector('tr[data-row]')!.getBoundingClientRect().height, step = high * 3 * Math.floor(box.clientHeight / high), begun = await frame()
    let steps = 0, blank = 0, waited = 0, wrong = 0, uneven = 0, longest = 0, last = begun, at = -1
    while (at < size - 1 && last - begun < 500_000) {
      const before = box.scrollTop
      box.scrollTop += step
      const now = await frame() // what is there now is painted next
      steps++
      longest = Math.max(longest, now - last)
      last = now
      if (box.scrollTop === before) waited++
      const trs = [...box.querySelectorAll<HTMLElement>('tbody tr')], first = Number(trs[0].dataset.row)
      at = Number(trs.at(-1)!.dataset.row)
      if (first * high > box.scrollTop || (at + 2) * high + 8 < Math.min(box.scrollTop + box.clientHeight, box.scrollHeight)) blank++
      if (trs.some((tr) => tr.getBoundingClientRect().height !== high)) uneven++
      for (const tr of trs) if (Number(tr.querySelector('td.index')!.textContent!.replace(/\D/g, '')) !== size - 1 - Number(tr.dataset.row)) wrong++
    }
    const heap = (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0
    return { rows: at + 1, seconds: (last - begun) / 1000, steps, blank, waited, wrong, uneven, longest: Math.round(longest), heap: Math.round(heap / 2 ** 20) }
  }, size)
  console.log(`scrolled ${seen.rows} rows in ${seen.seconds.toFixed(1)} s (${Math.round(seen.rows / seen.seconds)} a second), ${seen.steps} steps, ${seen.blank} with a row missing, at the end of what was there ${seen.waited} times, longest step ${seen.longest} ms, heap ${seen.heap} MB`)
  expect(seen).toMatchObject({ rows: size, blank: 0, wrong: 0, uneven: 0 })
  await expect(page.getByText(/these are all/)).toBeVisible()
  await expect(page.locator('.tall table')).toHaveAttribute('aria-rowcount', String(size + 1))
  expect(await rows(page).count()).toBeLessThan(80)
})

test('a purpose is said in words, and exercise data is marked in sight', async ({ page }) => {
  await visit(page, '#/events?kinds=DECIDE&purposes=border-control')
  await expect(rows(page).first().locator('td.purpose')).toHaveText('Border control')
  const mark = rows(page).first().locator('.exercise'), cell = rows(page).first().locator('td.kind')
  await expect(mark).toBeVisible()
  const [m, c] = [await mark.boundingBox(), await cell.boundingBox()]
  expect(m!.x + m!.width <= c!.x + c!.width && m!.y + m!.height <= c!.y + c!.height, 'nothing cuts the mark').toBe(true)
})

test('from row to row by keyboard', async ({ page }) => {
  await visit(page, '#/events?columns=index,kind')
  await rows(page).first().locator('a').first().focus()
  for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowDown')
  await expect(page.locator('tr[data-row="60"] a')).toBeFocused()
  await expect(page.locator('tr[data-row="60"]')).toBeInViewport()
  await page.keyboard.press('ArrowUp')
  await expect(page.locator('tr[data-row="59"] a')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('.badge')).toBeVisible()
})

test('exercise data is left out, and nothing found is said in words', async ({ page }) => {
  await visit(page, '#/events?exercise=without')
  await expect(rows(page).first()).toBeVisible()
  await expect(page.locator('.exercise')).toHaveCount(0)
  await visit(page, '#/events?kinds=QUERY&exercise=without')
  await page.reload()
  await expect(page.locator('.empty')).toContainText('That does not mean that it did not happen.')
})

test('an event with all fields, what is absent and why, and who vouches', async ({ page }) => {
  await openDisclosure(page)
  await expect(page.locator('.fields').first()).toContainText('Justification')
  await expect(page.locator('.fields').first()).toContainText('officer-')
  await expect(page.locator('.fields .absent').first()).toContainText('the source gives none')
  await expect(page.locator('main')).toContainText('No source signed this entry')
  await expect(page.locator('h1 .exercise')).toBeVisible()
  const digest = (await page.locator('main').innerText()).match(/sha256:[0-9a-f]{64}/)![0]
  expect(page.url()).not.toContain(digest)
})

test('verified with a key that the reader pins, by keyboard', async ({ page }) => {
  await openDisclosure(page)
  const badge = page.locator('.badge')
  await expect(badge).toHaveAttribute('data-state', 'unverified')
  await expect(badge).toContainText('no key is pinned')
  await badge.locator('summary').focus()
  await page.keyboard.press('Enter')
  await badge.getByLabel('Verifier key').fill('nonsense')
  await page.keyboard.press('Enter')
  await expect(badge).toContainText('This is no verifier key')
  await badge.getByLabel('Verifier key').fill(key())
  await page.keyboard.press('Enter')
  await expect(badge).toHaveAttribute('data-state', 'verified')
  await expect(badge).toContainText('This server also ships the code that checks here')
  const saved = page.waitForEvent('download')
  await badge.getByRole('button', { name: 'Save the proof' }).click()
  expect(readFileSync(await (await saved).path(), 'utf8')).toContain('c2sp.org/tlog-proof@v1')
})

const other = 'localhost/lichtspur/demonstration+71e70070+AclDrx7LxYPxxmHn0pra2MneZYH6uSld7u7GiHG+la/P'
for (const [name, change, why, pinned] of [
  ['kind', (d: any) => { if (d.event) d.event.kind = 'RECEIVE' }, 'differs from what was sealed'],
  ['purpose in the whole', (d: any) => { if (d.event) d.event.json = d.event.json.replace('"purpose":"', '"purpose":"x') }, 'differs from what was sealed'],
  ['time', (d: any) => { if (d.event) d.event.occurred = '2001-01-01' }, 'differs from what was sealed'],
  ['leaf', (d: any) => { if (d.proof) d.proof.leaf = btoa(atob(d.proof.leaf).replace('"exercise":true', '"exercise":null')) }, 'not what its hash says'],
  ['path', (d: any) => { if (d.proof) d.proof.path[3] = d.proof.path[4] }, 'does not lead to the root'],
  ['open value', (d: any) => { if (d.proof) d.proof.disclosures[0] = btoa('["salt","/id","other"]') }, 'none that the entry was sealed with'],
  ['signature', (d: any) => { if (d.proof) d.proof.checkpoint.note = d.proof.checkpoint.note.replace(/(— \S+ .{20})./, (_: string, a: string) => a + (_.endsWith('A') ? 'B' : 'A')) }, 'not signed by the key'],
  ['size in the note', (d: any) => { if (d.proof) d.proof.checkpoint.note = d.proof.checkpoint.note.replace(/\n(\d+)\n/, (_: string, n: string) => `\n${+n + 1}\n`) }, 'not those of the signed head'],
  ['size', (d: any) => { if (d.proof) d.proof.checkpoint.size *= 2 }, 'does not lead to the root'],
  ['root', (d: any) => { if (d.proof) d.proof.checkpoint.root = d.proof.leafHash }, 'does not lead to the root'],
  ['name of the log', (d: any) => { if (d.proof) d.proof.checkpoint.note = d.proof.checkpoint.note.replaceAll('page-test', 'page-tost') }, 'Your key is of another log'],
  ['leaf hash on both sides', (d: any) => { const h = btoa('y'.repeat(32)); if (d.event) d.event.leafHash = h; if (d.proof) d.proof.leafHash = h }, 'not what its hash says'],
  ['proof of another entry', (d: any) => { if (d.proof) d.proof.index++ }, 'not of this entry'],
  ['key that the server would like', () => {}, 'is of localhost/lichtspur/demonstration, and this head says localhost/lichtspur/page-test', other],
] as [string, (d: any) => void, string, string?][]) {
  test(`a tampered answer fails: ${name}`, async ({ page }) => {
    await tamper(page, change)
    await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED', { key: pinned ?? key() })
    await rows(page).first().locator('a').first().click()
    await expect(page.locator('.badge')).toHaveAttribute('data-state', 'failed')
    await expect(page.locator('.badge')).toContainText(why)
  })
}

test('what a data-protection officer may not see is told field by field, and sealed, not verified', async ({ page }) => {
  await visitAs(page, 'dpo', ['--organisation', 'exercise-de-federal-police'], '#/image', { key: key() })
  await expect(page.getByTestId('visit')).toContainText('data-protection officer (exercise-de-federal-police)')
  await page.getByLabel('Or paste the SHA-256').fill('sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962')
  await page.keyboard.press('Enter')
  const saw = page.getByRole('region', { name: 'Who saw it' }).locator('tbody tr')
  await expect(saw.filter({ hasText: 'officer-0273' })).toHaveCount(1) // its own officers by name
  const others = saw.filter({ hasText: 'not for you to see: neither whether there is anything nor what' })
  await others.first().locator('a').first().click() // whose picture it is sees that a body searched, not who, why, or with what
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Search')
  await expect(page.getByText('Some fields are not for you to see')).toBeVisible()
  expect(await page.locator('.fields .absent').filter({ hasText: 'not for you to see' }).count()).toBeGreaterThan(3)
  await expect(page.locator('main')).not.toContainText('officer-')
  await expect(page.locator('.badge')).toHaveAttribute('data-state', 'sealed')
  await expect(page.locator('.badge')).toContainText('What it says is not for you to see, so it was not checked.')
})

test('what is declared is shown field by field, and what the source got as its receipt', async ({ page }) => {
  await visit(page, '#/register/keys')
  await page.getByRole('link', { name: 'Declaration of exercise-gateway-key' }).click()
  const fields = page.locator('.fields').first()
  await expect(fields).toContainText('a laptop was lost')
  await expect(fields).toContainText('BEGIN PUBLIC KEY')
  await expect(fields).toContainText('from 2026')
  await expect(fields).not.toContainText('Justification') // nobody gives one for a declaration
  await expect(page.locator('main')).toContainText('what the source got as its receipt')
})

test('what an entry says by a member of a vocabulary is worded in German, too', async ({ page }) => {
  await visit(page, '#/events?kinds=QUERY&exercise=only', { language: 'de' })
  await rows(page).first().locator('a').first().click()
  const said = (name: string) => page.locator('dl.fields').first().locator(`dt:text-is("${name}") + dd`)
  await expect(said('Gesucht mit')).toHaveText(/^(Gesichtsbild|alphanumerische Daten)$/)
  await expect(said('Suchbild')).toHaveText(/^(nicht )?gespeichert$/)
  await visit(page, '#/register/systems', { language: 'de' })
  const cameras = rows(page).filter({ hasText: 'Kameranetz' }).first()
  await expect(cameras).toBeVisible()
  await expect(page.locator('tbody')).not.toContainText('camera-network')
  await expect(rows(page).filter({ has: page.locator('td:first-child code', { hasText: /^ifrs$/ }) }).locator('td').nth(4)).not.toHaveText(/^[a-z-]+$/) // its name, no id
})

test('a claim is shown as a claim, with who says it', async ({ page }) => {
  await visit(page, '#/events?kinds=CLAIM', { key: key() })
  await rows(page).first().locator('a').first().click()
  await expect(page.locator('main')).toContainText("Somebody's statement, not a recorded fact.")
  await expect(page.locator('.badge')).toHaveAttribute('data-state', 'verified')
})

test('an entry that is not there is no error', async ({ page }) => {
  await visit(page, '#/event/AAAAAAAAAAAAAAAAAAAAAA')
  await expect(page.locator('.empty')).toContainText('The log has no entry “AAAAAAAAAAAAAAAAAAAAAA”')
})

test('events are accessible', async ({ page }) => {
  await accessible(page, '#/events?since=2025-07-06', async (p) => { await expect(rows(p).first()).toBeVisible() })
})

test('an event is accessible', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '#/events?kinds=DISCLOSE&order=OCCURRED')
  const href = await rows(page).first().locator('a').first().getAttribute('href')
  await accessible(page, href!, async (p) => { await expect(p.locator('.badge')).toHaveAttribute('data-state', /verified/) })
})

test('of a claim it is told what it says, and to what, in the table and in the entry', async ({ page }) => {
  await page.setViewportSize({ width: 1360, height: 3000 }) // rows out of sight are not there
  await visit(page, '#/events?kinds=CLAIM&order=RECORDED')
  // Each says something else to the same: Member states may search IFRS by face freely.
  const about = page.locator('tbody tr').filter({ hasText: 'Member states may search IFRS by face freely' })
  await expect(about.filter({ hasText: 'states it' })).toContainText('Interpol')
  await expect(about.filter({ hasText: 'denies' }).locator('.requester')).toContainText('Federal Government')
  await expect(about.filter({ hasText: 'denies' }).locator('.standing')).toContainText('contested')
  await expect(about.filter({ hasText: 'denies' }).locator('.from')).toContainText('Member states')
  await expect(about.filter({ hasText: 'denies' }).locator('.to')).toContainText('Interpol')
  // What names no ends is said over the columns of both.
  await expect(page.locator('tbody tr', { hasText: 'The database of Clearview AI holds this many face images.' }).locator('td.from[colspan="2"]')).toBeVisible()
  await expect(page.locator('tbody .standing', { hasText: 'claimed' })).toHaveCount(0)
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).first().click()
  const [head, ...rows] = cells(readFileSync(await (await saved).path(), 'utf8').slice(1), ','), at = (r: string[], name: string) => r[head.indexOf(name)]
  const denied = rows.filter((r) => at(r, 'proposition') === 'ifrs-free-search' && at(r, 'stance') === 'DENIED')
  expect(denied.map((r) => ['proposition_from', 'proposition_to', 'contested', 'document'].map((n) => at(r, n)))).toEqual([['interpol-member-states', 'ifrs', 'true', 'bt-19-18172']])
  await about.filter({ hasText: 'denies' }).locator('.index a').click()
  await expect(page.locator('.says')).toContainText('Federal Government of Germany says that it is not so: Member states may search IFRS by face freely.')
  await expect(page.locator('.says')).toContainText('contested')
  await expect(page.locator('main')).not.toContainText('Somebody says so.')
})

test('as they come in, claims are told apart by what they say', async ({ page }) => {
  await visit(page, '#/live?kinds=CLAIM')
  const row = page.locator('tbody tr').first()
  await expect(row.locator('td.from[colspan="2"] .about')).not.toBeEmpty()
  await expect(row.locator('.standing')).toContainText(/states it|denies|has no information|withholds|refers|conjectures|does not answer|leaves it pending|gives no opinion/)
})

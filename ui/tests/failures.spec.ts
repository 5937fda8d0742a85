import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { accessible, expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

const failure = (page: Page) => page.locator('main .failure')
const again = (page: Page, name = 'Try again') => failure(page).first().getByRole('button', { name })

/** What a browser itself complains of when an answer is refused or does not come. */
const expected = (complaints: string[]) => { for (const c of complaints.splice(0)) expect(c).toMatch(/Failed to load resource/) }

/** Has the server fail at questions. */
async function fail(page: Page, code: string, status = 200, headers: Record<string, string> = {}) {
  let asked = 0
  await page.route('**/graphql', async (route) => {
    if (/query (Me|Size|Choices)\b/.test(route.request().postData() ?? '')) return route.continue()
    asked++
    await route.fulfill({ status, headers, json: { errors: [{ message: 'in the words of the server', extensions: { code } }] } })
  })
  return { asked: () => asked, mend: () => page.unroute('**/graphql') }
}

/** Every page, and what is there when it is. */
const pages: [string, (page: Page) => ReturnType<Page['locator']>][] = [
  ['#/overview', (p) => p.locator('svg.flows .flow')], ['#/questions', (p) => p.locator('.questions details')], ['#/events?kinds=DISCLOSE', (p) => p.locator('tbody tr')], ['#/event/3', (p) => p.locator('dl.fields')],
  ['#/reach?from=country:DE&to=ifrs', (p) => p.locator('.verdict')], ['#/register/systems', (p) => p.locator('tbody tr')], ['#/readers', (p) => p.locator('tbody tr')],
]

test('a token that the server does not know: said in German, with what to do', async ({ page, complaints }) => {
  await page.addInitScript(() => sessionStorage.setItem('lichtspur.token', sessionStorage.getItem('lichtspur.token') ?? 'lsp_nosuch'))
  await visit(page, '#/events?kinds=DISCLOSE', { language: 'de' })
  await expect(failure(page)).toContainText('Der Server kennt diesen Zugangsschlüssel nicht.')
  await expect(again(page, 'Noch einmal')).toHaveCount(0)
  const detail = failure(page).locator('details')
  await expect(detail.locator('p')).toBeHidden()
  await detail.locator('summary').click()
  await expect(detail.locator('code')).toHaveText('UNKNOWN_TOKEN')
  await expect(detail.locator('p')).toHaveAttribute('lang', 'en')
  await failure(page).getByRole('button', { name: 'Zweck und Zugangsschlüssel' }).click()
  await page.getByRole('dialog').getByLabel('Zugangsschlüssel (Token)').fill('')
  await page.getByRole('dialog').getByRole('button', { name: 'Beginnen' }).click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await expect(failure(page)).toHaveCount(0)
  expected(complaints)
})

test('what asks for too much is narrowed, not tried again', async ({ page }) => {
  const server = await fail(page, 'TOO_COSTLY')
  await visit(page, '#/events')
  await expect(failure(page)).toContainText('This asks for more than the server looks up for one question.')
  await expect(again(page)).toHaveCount(0)
  await failure(page).getByRole('button', { name: 'Narrow the time' }).click()
  await expect(page.getByLabel('Happened since')).toBeFocused()
  await page.goto('/#/overview')
  await failure(page).getByRole('button', { name: 'Only the last twelve months' }).click()
  await expect(page).toHaveURL(/days=\d{4}-\d\d%2F\d{4}-\d\d/)
  await server.mend()
})

test('what the address asks for wrongly is taken away, not tried again', async ({ page }) => {
  const server = await fail(page, 'BAD_ARGUMENT')
  await visit(page, '#/events?kinds=DISCLOSE')
  await expect(failure(page)).toContainText('The address asks for something that the server does not take.')
  await expect(again(page)).toHaveCount(0)
  await server.mend()
  await failure(page).getByRole('link', { name: 'Take filters away' }).click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await expect(failure(page)).toHaveCount(0)
})

test('a server that asks to wait is asked again by itself, once', async ({ page, complaints }) => {
  const server = await fail(page, 'BUSY', 503, { 'Retry-After': '2' })
  await visit(page, '#/register/systems')
  await expect(failure(page)).toContainText('The server has more to do than it gets done in time.')
  await expect(page.getByTestId('countdown')).toContainText(/tried again by itself in [12] s/)
  await expect.poll(server.asked).toBe(2)
  await expect(failure(page)).toContainText('The server asks to wait 2 s before the next try.')
  await page.waitForTimeout(3000)
  expect(server.asked()).toBe(2)
  await server.mend()
  await again(page).click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  expected(complaints)
})

test('the countdown can be stopped', async ({ page, complaints }) => {
  const server = await fail(page, 'NOT_READY', 503, { 'Retry-After': '2' })
  await visit(page, '#/questions', { language: 'de' })
  await expect(failure(page)).toContainText('öffnet noch das Protokoll')
  await failure(page).getByRole('button', { name: 'Nicht noch einmal' }).click()
  await page.waitForTimeout(3000)
  expect(server.asked()).toBe(1)
  await expect(again(page, 'Noch einmal')).toBeVisible()
  expected(complaints)
})

test('every page says that the network is cut, and comes back', async ({ page, complaints }) => {
  test.setTimeout(120_000)
  await visit(page, '#/graphql')
  for (const [hash, there] of pages) {
    await page.route('**/graphql', (route) => route.abort())
    await page.goto('/' + hash)
    await expect(failure(page).first(), hash).toContainText('The server does not answer.')
    await expect(there(page), hash).toHaveCount(0)
    await page.unroute('**/graphql')
    await again(page).click()
    await expect(there(page).first(), hash).toBeAttached()
    await expect(failure(page), hash).toHaveCount(0)
  }
  expected(complaints)
})

test('what draws the matrix is loaded again when the network is back', async ({ page, complaints }) => {
  await page.route('**/FlowMatrix.js', (route) => route.abort())
  await visit(page, '#/overview?picture=matrix')
  await expect(failure(page)).toContainText('The server does not answer.')
  await page.unroute('**/FlowMatrix.js')
  await again(page).click()
  await expect(page.locator('a.cell').first()).toBeAttached()
  await expect(failure(page)).toHaveCount(0)
  for (const c of complaints.splice(0)) expect(c).toMatch(/Failed to load resource|dynamically imported module/)
})

test('the pages beside the overview are loaded again when the network is back, and who came by a link stands at their heading', async ({ page, complaints }) => {
  await page.route('**/others.js', (route) => route.abort())
  await visit(page)
  await expect(page.locator('.flow').first()).toBeAttached() // it needs none of them
  await page.getByRole('link', { name: 'Events' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Events')
  await expect(failure(page)).toContainText('The server does not answer.')
  await page.unroute('**/others.js')
  await again(page).click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await expect(failure(page)).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  for (const c of complaints.splice(0)) expect(c).toMatch(/Failed to load resource|dynamically imported module/)
})

test('every page says that it waits for a slow server, and nothing jumps', async ({ page }) => {
  test.setTimeout(120_000)
  await visit(page, '#/graphql')
  await page.route('**/graphql', async (route) => { await new Promise((done) => setTimeout(done, 1500)); await route.continue() })
  for (const [hash, there] of pages) {
    await page.goto('/' + hash)
    await expect(page.locator('main'), hash).toHaveAttribute('aria-busy', 'true')
    await expect(page.locator('main [role=status]').filter({ hasText: 'Loading' }), hash).toBeVisible()
    const top = await page.locator('main h1').boundingBox()
    await expect(there(page).first(), hash).toBeAttached()
    if (hash !== '#/event/3') expect(await page.locator('main h1').boundingBox(), hash).toEqual(top)
    await expect(page.locator('main'), hash).toHaveAttribute('aria-busy', 'false')
  }
})

test('what comes piece by piece keeps its place: both sides of the flows, the badge of an entry, what was live before', async ({ page }) => {
  await visit(page, '#/graphql')
  await page.route('**/graphql', async (route) => { await new Promise((done) => setTimeout(done, /query (Flows|Proof)|together|proof/.test(route.request().postData() ?? '') ? 1200 : 100)); await route.continue() })
  await page.goto('/#/overview')
  await expect(page.locator('svg.flows .flow').first()).toBeAttached()
  const picture = page.locator('.picture').first(), top = (await picture.boundingBox())!.y
  await expect(page.locator('.legend')).toContainText('corroborated (1)')
  await expect(page.locator('main')).toHaveAttribute('aria-busy', 'false')
  expect((await picture.boundingBox())!.y).toBe(top)
  await page.goto('/#/event/3')
  await expect(page.locator('.badge')).toHaveAttribute('data-state', 'checking')
  const signature = page.getByRole('heading', { name: 'Signature' }), below = (await signature.boundingBox())!.y
  await expect(page.locator('.badge .steps')).toBeVisible()
  expect(Math.abs((await signature.boundingBox())!.y - below)).toBeLessThan(120)
  await page.goto('/#/live')
  await expect(page.locator('main .loading, tbody tr').first()).toBeVisible()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.unrouteAll({ behavior: 'wait' })
})

test('what another question was answered is not shown when this one fails', async ({ page }) => {
  await visit(page, '#/events?kinds=DISCLOSE')
  await expect(page.locator('tbody tr').first()).toBeVisible()
  const server = await fail(page, 'INTERNAL')
  await page.getByRole('combobox', { name: 'Exercise data' }).selectOption('without')
  await expect(failure(page)).toContainText('you did nothing wrong')
  await expect(page.locator('tbody tr')).toHaveCount(0)
  await server.mend()
})

test.describe('a log that is empty', () => {
  let server: ChildProcess, base = '', dir = ''
  const program = resolve('../bin/lichtspur')
  async function serve() {
    server = spawn(program, ['serve', '--data', join(dir, 'data'), '--demo', '--listen', base.slice('http://'.length)], { stdio: 'ignore' })
    await expect.poll(() => fetch(base + '/readyz').then((r) => r.ok, () => false), { timeout: 20_000 }).toBe(true)
  }
  test.beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lichtspur-empty-'))
    const free = createServer()
    await new Promise<void>((done) => free.listen(0, '127.0.0.1', done))
    base = 'http://127.0.0.1:' + (free.address() as AddressInfo).port
    await new Promise((done) => free.close(done))
    execFileSync(program, ['init', '--data', join(dir, 'data'), '--origin', 'localhost/lichtspur/empty'])
    await serve()
  })
  test.afterAll(async () => {
    const ended = new Promise((done) => server.on('exit', done))
    server.kill()
    await ended
    rmSync(dir, { recursive: true })
  })

  test('is said to be empty on every page, with what to do next', async ({ page }) => {
    await page.addInitScript(() => { sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION'); localStorage.setItem('lichtspur.language', 'de') })
    for (const at of ['overview', 'events', 'live', 'register', 'register/sources', 'questions', 'image', 'reach', 'readers', 'event/0']) {
      await page.goto(`${base}/#/${at}`)
      await expect(page.locator('.told'), at).toContainText('Dieses Protokoll ist noch leer')
      await expect(page.locator('.told'), at).toContainText('lichtspur record | lichtspur ingest --data DATA --source log -')
      await expect(failure(page), at).toHaveCount(0)
      if (/^(overview|events|live|register)/.test(at)) await expect(page.locator('.empty'), at).toHaveText('Das Protokoll hat noch keinen Eintrag; also ist nichts zu zeigen: siehe oben.')
    }
  })

  test('is no longer said to be empty when something came', async ({ page }) => {
    await page.addInitScript(() => sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION'))
    await page.goto(base + '/#/events')
    await expect(page.locator('.told')).toContainText('This log is still empty')
    await expect(page.locator('.empty')).toBeVisible()
    await expect(page.locator('main')).toHaveAttribute('aria-busy', 'false')
    const ended = new Promise((done) => server.on('exit', done))
    server.kill()
    await ended
    execFileSync(program, ['record', '-o', join(dir, 'record.ndjson')])
    execFileSync(program, ['ingest', '--data', join(dir, 'data'), '--source', 'log', join(dir, 'record.ndjson')])
    await serve()
    await page.getByRole('link', { name: 'Register', exact: true }).click()
    await expect(page.locator('tbody tr').first()).toBeVisible()
    await expect(page.locator('.told')).toHaveCount(0)
  })
})

test('a failure is accessible', async ({ page, complaints }) => {
  await page.context().route('**/graphql', (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '60' }, json: { errors: [{ message: 'm', extensions: { code: 'BUSY' } }] } }))
  await accessible(page, '#/events', async (p) => { await expect(failure(p)).toBeVisible() })
  expected(complaints)
})

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { happen } from './happen'
import { accessible, expect, test, visit } from './visit'
import { Wire } from './wire'

const port = Number(process.env.PAGE_PORT ?? 8499), program = '../bin/lichtspur'

async function freePort(): Promise<number> {
  const s = createServer()
  await new Promise<void>((done) => s.listen(0, '127.0.0.1', done))
  const { port } = s.address() as AddressInfo
  await new Promise((done) => s.close(done))
  return port
}


test('what is recorded appears, pauses, and nothing is lost when the wire is cut', async ({ page, complaints }) => {
  const wire = new Wire(port), address = await wire.up()
  try {
    await page.addInitScript(() => sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION'))
    await page.goto(address + '/#/live?kinds=CONSULT&sources=exercise-gateway')
    const state = page.getByTestId('live'), came = page.getByTestId('came'), fresh = page.locator('tr.fresh')
    await expect(state).toContainText('Connected')
    await expect(page.locator('tbody tr').first()).toBeVisible() // what was there before
    happen(3)
    await expect(fresh).toHaveCount(3)
    await expect(fresh.first().locator('.exercise')).toBeVisible()

    await page.getByRole('button', { name: 'Pause' }).click()
    await expect(state).toContainText('Paused')
    happen(2)
    await expect(page.getByTestId('held')).toHaveText('2 waiting')
    await expect(fresh).toHaveCount(3)
    await page.getByRole('button', { name: 'Go on: show 2' }).click()
    await expect(fresh).toHaveCount(5)

    wire.cut()
    await expect(state).toContainText('The connection broke')
    happen(120)
    await page.waitForTimeout(700)
    await expect(fresh).toHaveCount(5)
    wire.mend()
    await expect(fresh).toHaveCount(125, { timeout: 30_000 })
    await expect(came).toContainText('125 entries came')
    const ids = (await fresh.locator('td.index a').allInnerTexts()).map((s) => +s.replace(/\D/g, ''))
    expect(ids).toEqual(ids.map((_, i) => ids[0] - i)) // each once, in order, none missing
    await page.close() // what ends after this is no complaint
    for (const c of complaints.splice(0)) expect(c).toMatch(/ERR_(EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET)/)
  } finally { await wire.down() }
})

test('what was there already is looked up again where that failed, and what comes is followed once', async ({ page, complaints }) => {
  let followed = 0, broken = true
  await page.route('**/graphql', (route) => {
    const { query } = route.request().postDataJSON()
    if (query.startsWith('subscription')) followed++
    return broken && query.startsWith('query Events') ? route.abort() : route.continue()
  })
  await visit(page, '#/live?kinds=CONSULT&sources=exercise-gateway', { language: 'de' })
  await expect(page.getByTestId('live')).toContainText('Verbunden')
  await expect(page.locator('main')).toContainText('Was schon aufgezeichnet war, ließ sich nicht nachsehen')
  await expect(page.locator('main')).toContainText('Arten: Einsicht')
  await expect(page.locator('main')).not.toContainText('Noch ist nichts dergleichen aufgezeichnet')
  happen(2)
  await expect(page.locator('tr.fresh')).toHaveCount(2)
  broken = false
  await page.getByRole('button', { name: 'Noch einmal' }).click()
  await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(2)
  await expect(page.locator('.failure')).toHaveCount(0)
  happen(2)
  await expect(page.locator('tr.fresh')).toHaveCount(4)
  const ids = (await page.locator('td.index a').allInnerTexts()).map((s) => +s.replace(/\D/g, ''))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
  expect(followed).toBe(1)
  await page.close() // what ends after this is no complaint
  for (const c of complaints.splice(0)) expect(c).toContain('ERR_FAILED')
})

test('what comes while what was there already is being looked up is shown once', async ({ page }) => {
  let answer = () => {}
  const held = new Promise<void>((done) => { answer = done })
  await page.route('**/graphql', async (route) => {
    const asked = route.request().postDataJSON()
    if (!asked.query.startsWith('query Events')) return route.continue()
    await held
    await route.continue({ postData: { ...asked, variables: { ...asked.variables, asOf: null } } }) // as if following had begun a little earlier
  })
  await visit(page, '#/live?kinds=CONSULT&sources=exercise-gateway')
  const fresh = page.locator('tr.fresh')
  await expect(page.getByTestId('live')).toContainText('Connected')
  happen(2)
  await expect(fresh).toHaveCount(2)
  answer()
  await expect.poll(() => page.locator('tbody tr').count()).toBeGreaterThan(2)
  happen(1)
  await expect(fresh).toHaveCount(3)
  const ids = (await page.locator('td.index a').allInnerTexts()).map((s) => +s.replace(/\D/g, ''))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
})

test('a declaration is told in words', async ({ page }) => {
  for (const view of ['live', 'events']) {
    await visit(page, `#/${view}?kinds=DECLARE&sources=log`, { language: 'de' })
    await expect(page.locator('tbody tr').first().locator('td.requester')).toContainText(/^(Organisation|System|Quelle|Dokument|Zweck|Schlüssel) /)
  }
})

test('the server is killed and started again: nothing is lost, nothing comes twice', async ({ page, complaints }) => {
  const dir = mkdtempSync(join(tmpdir(), 'lichtspur-live-')), data = join(dir, 'data'), own = await freePort()
  const run = (...args: string[]) => execFileSync(program, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
  run('init', '--data', data, '--origin', 'localhost/lichtspur/live-test')
  run('record', '-o', join(dir, 'record.ndjson'))
  run('ingest', '--data', data, '--source', 'log', join(dir, 'record.ndjson'))
  run('simulate', '--declarations', '-o', join(dir, 'declarations.ndjson'))
  run('ingest', '--data', data, '--source', 'log', join(dir, 'declarations.ndjson'))
  const token = run('token', 'create', '--data', data, '--source', 'exercise', '--expires', '1h').match(/ls[a-z]*_\S+/)![0]
  let server: ChildProcess | undefined
  const start = async () => {
    server = spawn(program, ['serve', '--data', data, '--demo', '--listen', '127.0.0.1:' + own], { stdio: 'ignore' })
    await expect.poll(() => fetch(`http://127.0.0.1:${own}/readyz`).then((r) => r.status, () => 0), { timeout: 30_000 }).toBe(200)
  }
  const kill = async () => { const gone = once(server!, 'exit'); server!.kill('SIGKILL'); await gone }
  let n = 0
  const hand = (count: number) => { execFileSync(program, ['ingest', '--server', 'http://127.0.0.1:' + own, '--token', token, '-'], { input: execFileSync('sh', ['tests/consult.sh', String(n + 1), String(n += count)], { maxBuffer: 1 << 26 }) }) }
  try {
    await start()
    await page.addInitScript(() => sessionStorage.setItem('lichtspur.purpose', 'DEMONSTRATION'))
    await page.goto(`http://127.0.0.1:${own}/#/live?kinds=CONSULT`)
    const state = page.getByTestId('live'), came = page.getByTestId('came'), fresh = page.locator('tr.fresh')
    await expect(state).toContainText('Connected')
    hand(3)
    await expect(fresh).toHaveCount(3)
    await kill()
    await expect(state).toContainText('The connection broke')
    await start()
    hand(4) // maybe before the page is there again
    await expect(fresh).toHaveCount(7, { timeout: 30_000 })
    await expect(state).toContainText('Connected')
    const ids = (await fresh.locator('td.index a').allInnerTexts()).map((s) => +s.replace(/\D/g, ''))
    expect(ids).toEqual(ids.map((_, i) => ids[0] - i))

    // Very many at once, while the tab is in the background.
    const other = await page.context().newPage()
    await other.bringToFront()
    hand(5000)
    await page.bringToFront()
    await expect(came).toContainText('5,007 entries came', { timeout: 60_000 })
    await expect(came).toContainText('the newest 500 are shown')
    await expect(fresh).toHaveCount(500)
    await page.getByRole('button', { name: 'Pause' }).click()
    hand(2000)
    await expect(page.getByTestId('held')).toHaveText('2,000 waiting', { timeout: 60_000 })
    await expect(came).toContainText('5,007 entries came')
    await page.getByRole('button', { name: 'Go on: show 2,000' }).click()
    await expect(came).toContainText('7,007 entries came')
    await page.close() // what ends after this is no complaint
    for (const c of complaints.splice(0)) expect(c).toMatch(/ERR_(EMPTY_RESPONSE|CONNECTION|INCOMPLETE|SOCKET)| 503 /)
  } finally {
    await kill().catch(() => {})
    rmSync(dir, { recursive: true, force: true })
  }
})

test('live is accessible', async ({ page }) => {
  await accessible(page, '#/live?kinds=CONSULT&sources=exercise-gateway', async (p) => { await expect(p.getByTestId('live')).toHaveClass(/good/); await expect(p.locator('tbody tr').first()).toBeVisible() })
})

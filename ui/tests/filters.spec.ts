import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test, visit } from './visit'
import type { Page } from '@playwright/test'

// Each filter of the overview against what the command line counts on the same server, and where that is easy against the file that was handed in.

const program = new URL('../../bin/lichtspur', import.meta.url).pathname
const run = (base: string, ...args: string[]) => execFileSync(program, [...args, '--server', base, '--purpose', 'demonstration', '--all', '-o', 'csv'], { encoding: 'utf8', maxBuffer: 1 << 26 }).replace(/^\uFEFF/, '').trim().split(/\r?\n/).slice(1)
const moving = ['--kind', 'ENROL', '--kind', 'DISCLOSE', '--kind', 'RECEIVE', '--kind', 'TRAIN']

interface Case { name: string, params: string, flags: string[], own?: (e: any) => boolean }
const cases: Case[] = [
  { name: 'nothing', params: '', flags: [], own: () => true },
  { name: 'a kind', params: 'kinds=ENROL', flags: ['--kind', 'ENROL'], own: (e) => e.kind === 'ENROL' },
  { name: 'two kinds', params: 'kinds=DISCLOSE,RECEIVE', flags: ['--kind', 'DISCLOSE', '--kind', 'RECEIVE'], own: (e) => e.kind === 'DISCLOSE' || e.kind === 'RECEIVE' },
  { name: 'a purpose', params: 'purposes=border-control', flags: ['--for', 'border-control'], own: (e) => e.purpose === 'border-control' },
  { name: 'a legal basis', params: 'bases=BDSG+%C2%A7+78', flags: ['--basis', 'BDSG § 78'], own: (e) => e.basis?.includes('BDSG § 78') },
  { name: 'a country', params: 'countries=NE', flags: ['--country', 'NE'] },
  { name: 'two countries', params: 'countries=NE,AU', flags: ['--country', 'NE', '--country', 'AU'] },
  { name: 'without exercise data', params: 'exercise=without', flags: ['--exercise=false'], own: () => false },
  { name: 'exercise data only', params: 'exercise=only', flags: ['--exercise=true'], own: () => true },
  { name: 'a kind, a purpose and a country', params: 'kinds=DISCLOSE&purposes=border-control&countries=DE', flags: ['--kind', 'DISCLOSE', '--for', 'border-control', '--country', 'DE'] },
]

let handed: any[] = []
test.beforeAll(() => {
  handed = readFileSync('.run/exercise.ndjson', 'utf8').trim().split('\n').map((l) => JSON.parse(l)).filter((e) => ['ENROL', 'DISCLOSE', 'RECEIVE', 'TRAIN'].includes(e.kind))
})

/** What the page says: entries, transfers, and how many flows of each standing. */
async function told(page: Page): Promise<{ entries: number, transfers: number, flows: Record<string, number> }> {
  await expect(page.locator('.tally, .empty').first()).toBeVisible()
  await expect(page.getByText('Sender and receiver are being')).toBeHidden()
  const text = (await page.locator('.tally').textContent())!, n = (r: RegExp) => Number((text.match(r)?.[1] ?? '0').replaceAll(',', ''))
  const flows = Object.fromEntries((await page.locator('fieldset.legend label').allTextContents()).map((l) => [l.replace(/[^a-z (0-9,]/g, '').split('(')[0].trim(), Number(l.match(/\(([\d,]+)\)/)![1].replaceAll(',', ''))]))
  return { entries: n(/of the ([\d,]+) recorded entries/), transfers: n(/: ([\d,]+) transfers recorded/), flows }
}

for (const c of cases) {
  test(`${c.name}: the numbers are those of the command line`, async ({ page, baseURL }) => {
    const flags = c.flags.includes('--kind') ? c.flags : [...moving, ...c.flags]
    const entries = run(baseURL!, 'counts', 'kind', ...flags).reduce((sum, l) => sum + Number(l.split(',')[2]), 0)
    const rows = run(baseURL!, 'flows', 'system', '--split', 'standing', ...flags).map((l) => l.split(','))
    // Of handover.sh some are in each of these, too: five entries, of March 2025.
    if (c.own) expect(entries).toBe(handed.filter(c.own).length + handover(c))
    await visit(page, '#/overview?' + c.params)
    const page_ = await told(page)
    expect(page_.entries).toBe(entries)
    expect(page_.transfers).toBe(rows.reduce((sum, r) => sum + Number(r[5]), 0))
    for (const s of ['recorded', 'corroborated', 'contested']) expect([s, page_.flows[s] ?? 0]).toEqual([s, rows.filter((r) => r[2] === s.toUpperCase() && Number(r[4])).length])
    expect(entries > 0).toBe(c.name !== 'without exercise data')
  })
}

function handover(c: Case): number {
  const all = execFileSync('sh', ['tests/handover.sh', 'sent'], { encoding: 'utf8' }) + execFileSync('sh', ['tests/handover.sh', 'received'], { encoding: 'utf8' })
  return all.trim().split('\n').map((l) => JSON.parse(l)).filter(c.own!).length
}

test('a stretch of time has the transfers that were sent in it, with their receipts', async ({ page }) => {
  const sent = new Map(handed.filter((e) => e.kind === 'DISCLOSE').map((e) => [e.transfer.reference, e.occurred])), within = (e: any) => { const t = sent.get(e.transfer?.reference) ?? e.occurred; return t >= '2025-02' && t < '2025-04' }
  await visit(page, '#/overview?since=2025-02&until=2025-03&untimed=0')
  const { entries, transfers } = await told(page), own = handed.filter(within), pairs = own.filter((e) => e.kind === 'RECEIVE' && sent.has(e.transfer?.reference)).length
  expect(entries).toBe(own.length + 5) // and what handover.sh says
  expect(transfers).toBe(own.length - pairs + 3)
})

test('what is only spoken of is counted as the command line counts it', async ({ page, baseURL }) => {
  const rows = run(baseURL!, 'flows', 'system', '--split', 'standing', '--kind', 'CLAIM', '--exercise=false').map((l) => l.split(','))
  await visit(page, '#/overview?exercise=without')
  const { flows } = await told(page)
  for (const [word, standing] of [['claimed', 'CLAIMED'], ['denied', 'DENIED'], ['no information', 'NO_INFORMATION']]) expect([word, flows[word]]).toEqual([word, rows.filter((r) => r[2] === standing).length])
})

test('entries behind a flow are as many as the map says, whatever is filtered', async ({ page }) => {
  for (const params of ['', 'purposes=border-control', 'bases=BDSG+%C2%A7+78&kinds=DISCLOSE', 'countries=AU', 'since=2025-03&until=2025-03&untimed=0']) {
    await visit(page, '#/overview?hide=CLAIMED,DENIED,NO_INFORMATION&' + params)
    await told(page)
    const link = page.locator('.flowtable tbody tr').getByRole('link', { name: /^\d\d? entries/ }).first(), n = Number((await link.textContent())!.match(/[\d,]+/)![0].replaceAll(',', ''))
    await link.click()
    await expect(page.locator('.besides')).toContainText(/From: .*To: /)
    await expect(page.locator('p.small[role=status]').first()).toContainText(new RegExp(`(^|\\D)${n.toLocaleString('en-GB')}\\D`))
  }
})

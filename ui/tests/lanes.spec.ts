import { execFileSync } from 'node:child_process'
import type { Page } from '@playwright/test'
import { expect, test, visit } from './visit'

// The way of an image: the page and the command line draw one layout.

const few = 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962'
const busy = 'sha256:e953b209ac463cd5b9a8a386a8c3a8854c99f1c0cd189bc0eaf8de2a1d98b851' // shown in some two thousand searches

/** What a drawing shows, from above and in its order: bands, lanes, the scale of time, hops and groups, and how long each place held it. */
interface Picture { bands: [string, number][], lanes: [string, number][], times: number[], hops: [string, number, number][], held: number[][] }

/** Reads a drawing: that of the page, or the text of one. */
const read = (page: Page, text?: string): Promise<Picture> => page.evaluate((text) => {
  const svg = text ? new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('g.lanes')! : document.querySelector('svg.lanes')!
  const all = (s: string) => [...svg.querySelectorAll(s)], number = (e: Element, name: string) => Math.round(Number(e.getAttribute(name)) * 10) / 10
  const words = (e: Element) => e.querySelector('title')?.textContent ?? e.textContent!
  return {
    bands: all('text.who').map((e) => [words(e), number(e, 'y')]), lanes: all('text.what').map((e) => [words(e), number(e, 'y')]), times: all('text.when').map((e) => number(e, 'x')),
    hops: all('.hop .n').map((e): [string, number, number] => [e.textContent!, number(e, 'x'), number(e, 'y')]).sort((a, b) => a[2] - b[2] || a[1] - b[1]),
    held: all('.held').map((e) => ['y1', 'x1', 'x2'].map((n) => number(e, n))).sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]),
  }
}, text)

/** Compares what the page shows with what the command draws that the page names for it. */
async function same(page: Page): Promise<Picture> {
  const command = (await page.locator('details.graphql code').filter({ hasText: 'lichtspur trace' }).first().textContent())!, args = command.split(' ').slice(1).map((a) => a === 'way.svg' ? '-' : a)
  const drawn = await read(page, execFileSync('../bin/lichtspur', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })), shown = await read(page)
  const answer = await page.request.post('/graphql', { headers: { 'Lichtspur-Purpose': 'demonstration' }, data: { query: '{ systems(first: 500) { nodes { id name { en } } } organisations(first: 500) { nodes { id name { en } } } }' } })
  const { systems, organisations } = (await answer.json()).data
  const names = new Map<string, string>([...systems.nodes, ...organisations.nodes].map((n: { id: string, name: { en: string } | null }) => [n.id, n.name?.en ?? n.id]))
  const named = (id: string, most: number) => { const [, own, more] = id.match(/^(.*?)( \(further places\))?$/)!, name = (names.get(own) ?? (own === 'no system named' ? '(no system named)' : own)) + (more ?? ''); return name.length > most ? name.slice(0, most - 1) + '…' : name }
  expect(drawn.bands.map(([id, y]) => [named(id, 70), y]), command).toEqual(shown.bands)
  expect(drawn.lanes.map(([id, y]) => [named(id, 40), y]), command).toEqual(shown.lanes)
  expect(drawn.hops, command).toEqual(shown.hops)
  expect(drawn.times, command).toEqual(shown.times)
  expect(drawn.held.length, command).toBe(shown.held.length)
  drawn.held.forEach((bar, i) => bar.forEach((v, k) => expect(Math.abs(v - shown.held[i][k]), `${command}: bar ${i}`).toBeLessThan(.2)))
  return shown
}

/** Opens an image, and returns its pseudonym in this log. */
async function follow(page: Page, digest: string): Promise<string> {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  await expect(page.locator('svg.lanes .hop').first()).toBeVisible()
  await expect(page.locator('svg.lanes .held').first()).toBeAttached()
  return page.url().slice(-22)
}

test('the command line draws what the page shows: lanes, hops, groups and how long it was held, down and up', async ({ page }) => {
  const pseudonym = await follow(page, few)
  const once = await same(page)
  expect(once.hops.map((h) => h[0]).sort()).toEqual(['1', '2', '3', '4', '5'])
  expect(once.lanes).toHaveLength(5)
  for (const [address, hop] of [[`${pseudonym}?hops=2`, 2], [`${pseudonym}?hops=3&way=up`, 3]] as const) {
    await visit(page, '#/image/' + address)
    await page.reload()
    await expect(page.getByText('Shown up to hop ' + hop)).toBeVisible()
    await expect(page.locator('svg.lanes .held').first()).toBeAttached()
    expect((await same(page)).hops.length).toBeGreaterThan(1)
  }
})

test('opened place by place, everywhere, and place by place again: nothing moves, the address alone gives the same picture, and so does the command line', async ({ page }) => {
  test.setTimeout(120_000)
  await follow(page, busy)
  const groups = page.locator('svg.lanes .many'), status = page.getByRole('status').filter({ hasText: /hops? more, from/ })
  await expect(groups.first()).toBeVisible()
  let before = await read(page), grew = 0
  const stays = async () => {
    await expect.poll(async () => (await read(page)).hops.length).toBeGreaterThan(before.hops.length)
    const now = await read(page)
    expect(now.hops).toEqual(expect.arrayContaining(before.hops))
    expect(now.lanes.slice(0, before.lanes.length).sort()).toEqual(before.lanes.sort())
    expect(now.times).toEqual(before.times)
    before = now
    grew++
  }
  const onward = page.locator('svg.lanes .go')
  await onward.last().focus()
  await page.keyboard.press('Enter')
  await expect(status).toBeVisible()
  await stays()
  await page.getByRole('button', { name: 'One hop further' }).click()
  await expect(page).toHaveURL(/on=[\w-]{22}%7E[\w-]+%2Call$/)
  await expect(page.getByText('Shown up to hop 2')).toBeVisible()
  await stays()
  await onward.first().focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/%2Call%2C[\w-]{22}%7E[\w-]+$/)
  await stays()
  expect(grew).toBe(3)
  await page.reload()
  await expect(page.locator('svg.lanes .held').first()).toBeAttached()
  await expect.poll(async () => (await read(page)).hops).toEqual(before.hops)
  expect((await same(page)).hops.some((h) => h[0].startsWith('×'))).toBe(true)
  await page.getByRole('button', { name: 'One hop less' }).click() // what was opened everywhere is taken back, what was opened by itself stays
  await expect(page.getByText('Shown up to hop 1')).toBeVisible()
  await expect.poll(async () => (await read(page)).hops.length).toBeLessThan(before.hops.length)
})

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { accessible, expect, test, visit } from './visit'

const digest = 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962'

test('a digest is pasted: what is recorded, where it went, who holds it and who saw it', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.getByRole('button', { name: 'Look it up' }).click()
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  await expect(page.getByRole('link', { name: /^12 entries/ })).toBeVisible()
  const lineage = page.getByRole('region', { name: 'Where it went' })
  await expect(lineage.locator('tbody tr')).toHaveCount(5) // how it came about, and one hop
  await expect(page.locator('svg.lanes .hop')).toHaveCount(5)
  const before = await page.locator('svg.lanes .hop circle').first().getAttribute('cx')
  await page.getByRole('button', { name: 'One hop further' }).click()
  await expect(lineage.locator('tbody tr')).toHaveCount(7)
  await expect(page.locator('svg.lanes .hop')).toHaveCount(7)
  expect(await page.locator('svg.lanes .hop circle').first().getAttribute('cx')).toBe(before)
  await expect(page).toHaveURL(/hops=2/)
  await expect(page.getByRole('region', { name: 'Who holds it' })).toContainText('no end is recorded')
  await expect(page.getByRole('region', { name: 'Who saw it' })).toContainText('officer-0004')
  await expect(lineage.locator('.exercise').first()).toBeVisible()
  expect(page.url()).not.toContain('014e9a9a')
  await lineage.locator('tbody a').first().click()
  await expect(page.locator('.badge')).toBeVisible()
})

test('who has no picture at hand begins with a transfer, which names its images', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByRole('link', { name: 'No picture at hand?' }).click()
  await page.locator('tbody a').first().click()
  await page.locator('main a[href*="#/image/"]').first().click()
  await expect(page.getByRole('region', { name: 'Where it went' }).locator('tbody tr').first()).toBeVisible()
})

/** Opens the image, and returns the pseudonym that this log has for it. */
async function follow(page: Page): Promise<string> {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  await expect(page.locator('svg.lanes .hop').first()).toBeVisible()
  return page.url().slice(-22)
}

/** Everything that leaves the browser while something is done. */
function leaving(page: Page): string[] {
  const all: string[] = []
  page.on('request', (r) => { all.push([r.url(), JSON.stringify(r.headers()), r.postData() ?? ''].join(' ')) })
  return all
}
const jpeg = Buffer.from('/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=', 'base64')
const sha = (b: Buffer) => createHash('sha256').update(b).digest('hex')

test('pictures of several kinds are hashed here and never sent', async ({ page }) => {
  const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(20 << 20, 'the bytes of a picture ')])
  const sent = leaving(page)
  await visit(page, '#/image')
  await page.locator('input[type=file]').setInputFiles([
    { name: 'face-of-somebody.jpg', mimeType: 'image/jpeg', buffer: jpeg }, { name: 'big-face.png', mimeType: 'image/png', buffer: png },
    { name: 'not-a-picture.txt', mimeType: 'text/plain', buffer: Buffer.from('the bytes of a text') }, { name: 'empty-face.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
  ])
  const rows = page.getByRole('region', { name: 'What was hashed here' }).locator('tbody tr')
  await expect(rows).toHaveCount(4)
  await expect(rows.nth(0)).toContainText('JPEG')
  await expect(rows.nth(0)).toContainText(sha(jpeg))
  await expect(rows.nth(1)).toContainText('PNG')
  await expect(rows.nth(1)).toContainText('20,971,528')
  await expect(rows.nth(1)).toContainText(sha(png))
  await expect(rows.nth(2)).toContainText('no picture format that is known here')
  await expect(rows.nth(2)).toContainText('no information')
  await expect(rows.nth(3)).toContainText('empty: there is nothing to hash')
  await expect(page.locator('main')).toContainText('That does not mean that nothing happened.')
  await expect(page.locator('main')).toContainText('another size, format or compression')
  expect(sent.filter((b) => b.includes('"digest":"sha256:')).length).toBe(3)
  for (const b of sent) { expect(b).not.toContain('the bytes'); expect(b).not.toMatch(/face|not-a-picture/); expect(b.length).toBeLessThan(10_000) }
  expect(page.url()).not.toMatch(/[0-9a-f]{64}|face/)
})

test('a picture is dropped anywhere on the page', async ({ page }) => {
  await follow(page)
  const data = await page.evaluateHandle(() => { const d = new DataTransfer(); d.items.add(new File([new Uint8Array([0xff, 0xd8, 0xff, 1])], 'x.jpg')); return d })
  await page.dispatchEvent('h1', 'dragover', { dataTransfer: data })
  await expect(page.locator('form.drop')).toHaveClass(/over/)
  await page.dispatchEvent('h1', 'drop', { dataTransfer: data })
  await expect(page.getByRole('heading', { name: 'No information on this picture' })).toBeVisible()
  await expect(page).toHaveURL(/#\/image$/)
  await expect(page.getByRole('heading', { name: 'Where it went' })).toHaveCount(0)
})

test('a digest is taken as programs write it', async ({ page }) => {
  const hex = digest.slice(7), base64 = Buffer.from(hex, 'hex').toString('base64')
  const pseudonym = await follow(page)
  for (const text of [hex.toUpperCase(), ' ' + hex.match(/../g)!.join(' '), base64, 'sha256-' + base64, hex + '  face.jpg', pseudonym]) {
    await visit(page, '#/image')
    await page.reload()
    await page.getByLabel('Or paste the SHA-256').fill(text)
    await page.keyboard.press('Enter')
    await expect(page, text).toHaveURL('/#/image/' + pseudonym)
  }
})

test('an unknown digest is no information, a digest of another kind is told by its name', async ({ page }) => {
  const sent = leaving(page)
  await visit(page, '#/image')
  const field = page.getByLabel('Or paste the SHA-256')
  await field.fill('014e')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('64 digits')
  await field.fill('d41d8cd98f00b204e9800998ecf8427e')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('a digest of another kind (MD5)')
  await field.fill('ff00ff00ff00ff00')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('perceptual')
  expect(sent.some((b) => b.includes('query Find'))).toBe(false)
  await field.fill('ab'.repeat(32))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No information on this picture' })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})

/** Where each numbered mark stands, and each lane. */
const places = (page: Page) => page.locator('svg.lanes').evaluate((svg) => [
  ...[...svg.querySelectorAll('.hop')].map((g) => { const t = g.querySelector('.n')!; return ['hop', t.textContent, t.getAttribute('x'), t.getAttribute('y')].join(' ') }),
  ...[...svg.querySelectorAll('text.what')].map((t) => ['lane', t.textContent, t.getAttribute('y')].join(' ')), ...[...svg.querySelectorAll('text.when')].map((t) => ['time', t.textContent, t.getAttribute('x')].join(' ')),
].sort())

test('a click goes on from one place, and nothing that is drawn moves', async ({ page }) => {
  const pseudonym = await follow(page)
  const hops = page.locator('svg.lanes .hop'), plus = page.locator('svg.lanes .go')
  await expect(hops).toHaveCount(5)
  await expect(page.getByTestId('further')).toContainText('places: 1')
  const before = await places(page), top = () => page.locator('svg.lanes').evaluate((e) => e.getBoundingClientRect().top + scrollY), high = await top()
  await page.locator('svg.lanes').getByRole('button', { name: /^One hop on from here: Schengen|^One hop on from here: Second/ }).focus()
  await page.keyboard.press('Enter')
  await expect(hops).toHaveCount(7)
  await expect(page).toHaveURL(`/#/image/${pseudonym}?on=${pseudonym}%7Esis-ii`)
  await expect(page.getByText(/^2 hops more, from /)).toBeVisible()
  expect(await top()).toBe(high) // neither does the picture
  expect(await places(page)).toEqual(expect.arrayContaining(before))
  await expect(plus).toHaveCount(0)
  await page.reload()
  await expect(hops).toHaveCount(7)
  await page.getByRole('button', { name: 'Take what was opened back' }).click()
  await expect(hops).toHaveCount(5)
  expect(await places(page)).toEqual(before)
})

test('images of the exercise: however far they are followed, both ways, nothing that is drawn moves', async ({ page, request }) => {
  test.setTimeout(180_000)
  const ask = async (query: string) => (await (await request.post('/graphql', { data: { query }, headers: { 'Lichtspur-Purpose': 'demonstration' } })).json()).data
  const found = (await ask('{ events(filter: { kinds: [DISCLOSE] }, order: OCCURRED, first: 40) { nodes { images { pseudonym } } } }')).events.nodes.map((e: any) => e.images[0]?.pseudonym)
  const images = [...new Set(found.filter(Boolean))].slice(0, 2)
  let grew = 0
  for (const [image, way] of images.flatMap((i) => [[i, ''], [i, 'up']])) {
    await visit(page, `#/image/${image}?way=${way}`)
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Where it went' })).toBeVisible()
    const further = page.getByRole('button', { name: 'One hop further' })
    await expect(page.locator('main')).toContainText(/Shown up to hop 1/)
    for (let depth = 2; depth < 4; depth++) {
      await page.waitForFunction(() => document.querySelector('svg.lanes .hop') || document.body.textContent!.includes('No hop is recorded this way'))
      if (!await page.locator('svg.lanes').count() || !await further.isEnabled()) break
      const before = await places(page)
      await further.click()
      await expect(page.getByText('Shown up to hop ' + depth)).toBeVisible()
      await expect.poll(async () => (await places(page)).length).toBeGreaterThan(before.length)
      expect(await places(page)).toEqual(expect.arrayContaining(before))
      grew++
    }
  }
  expect(grew).toBeGreaterThan(1)
})

test('as it stood earlier: by the number of entries, and what was not there yet is no information', async ({ page }) => {
  await follow(page)
  await expect(page.getByRole('link', { name: /^12 entries/ })).toBeVisible()
  await page.getByText('As it stood earlier').click()
  await page.getByLabel('With so many entries').fill('3000')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/asof=3000/)
  await expect(page.getByText('State of the log: 3,000 entries').first()).toBeVisible()
  await expect(page.getByRole('link', { name: /^12 entries/ })).toHaveCount(0)
  await page.getByRole('button', { name: 'As it stands now' }).click()
  await expect(page.getByRole('link', { name: /^12 entries/ })).toBeVisible()
  await page.getByText('As it stood earlier').click()
  await page.getByLabel('or at the end of this day').fill('2020-01-01')
  await expect(page).toHaveURL(/asof=0/)
  await expect(page.locator('.empty')).toContainText('No information on this picture')
})

test('who holds it, who saw it, where it was shown, and what is said of images like it', async ({ page }) => {
  await follow(page)
  const said = page.getByRole('region', { name: 'What is said of images like it' })
  await expect(said).toContainText('it may be among them; nothing says that it is')
  await expect(said).toContainText('it is said that none of them is there')
  await expect(page.getByRole('region', { name: 'Where it was shown without staying' }).locator('tbody tr')).toHaveCount(3)
  await expect(page.getByRole('region', { name: 'Who saw it' }).locator('tbody tr')).toHaveCount(5)
  await page.getByRole('region', { name: 'Who holds it' }).locator('tbody a').first().click()
  await expect(page.locator('.badge')).toBeVisible()
})

test('the lineage is taken away as CSV, JSON, SVG and PNG', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page.locator('svg.lanes')).toBeVisible()
  const take = async (name: string) => {
    const saved = page.waitForEvent('download')
    await page.locator('.take').first().getByRole('button', { name }).click()
    return readFileSync(await (await saved).path())
  }
  expect((await take('CSV')).toString()).toMatch(/^\uFEFFn,depth,left,left_from,left_to,came,came_from,came_to,edge,kind,/)
  expect(JSON.parse((await take('JSON')).toString()).hops).toHaveLength(5)
  expect((await take('SVG')).toString()).toContain('<svg')
  expect((await take('PNG')).subarray(1, 4).toString()).toBe('PNG')
})

const busy = 'sha256:e953b209ac463cd5b9a8a386a8c3a8854c99f1c0cd189bc0eaf8de2a1d98b851' // shown in some two thousand searches

test('many hops alike stand as one with their count, and open on a click while nothing else moves', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(busy)
  await page.keyboard.press('Enter')
  const groups = page.locator('svg.lanes .many')
  await expect(groups.first()).toBeVisible()
  await page.getByRole('button', { name: 'One hop further' }).click()
  await expect(page.getByText('Shown up to hop 2')).toBeVisible()
  const lanes = () => page.locator('svg.lanes .lane').evaluateAll((l) => l.map((e) => e.getAttribute('y1')).join())
  const before = await lanes(), count = await groups.count(), smallest = (await groups.allTextContents()).map((t) => +t.replace(/\D/g, '')).reduce((a, b, i, all) => (b < all[a] ? i : a), 0)
  await groups.nth(smallest).focus()
  await page.keyboard.press('Enter')
  await expect(groups).toHaveCount(count - 1)
  expect(await lanes()).toBe(before)
  if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS}/groups.png` })
  await page.getByRole('button', { name: 'Group what is alike' }).click()
  await expect(groups).toHaveCount(count)
})

test('following an image is accessible', async ({ page }) => {
  await visit(page, '#/image')
  await page.getByLabel('Or paste the SHA-256').fill(digest)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/image\/[\w-]{22}$/)
  const hash = new URL(page.url()).hash
  await accessible(page, hash + '?hops=2', async (p) => { await expect(p.locator('svg.lanes .hop')).toHaveCount(7) })
})

import { accessible, expect, test, visit } from './visit'
import type { APIRequestContext } from '@playwright/test'

/** The entry of the person whom tests/serve.sh has erased, and the REDACT entry that says so. */
async function erased(request: APIRequestContext) {
  const ask = async (query: string, variables = {}) => {
    const res = await request.post('/graphql', { data: { query, variables }, headers: { 'Lichtspur-Purpose': 'demonstration' } })
    return (await res.json()).data
  }
  const [redact] = (await ask('{ events(filter: { kinds: [REDACT] }) { nodes { id index json } } }')).events.nodes
  const pseudonym = JSON.parse(redact.json).redaction.denotes[0].pseudonym
  const [entry] = (await ask('query($p: ID!) { events(filter: { kinds: [ENROL], persons: [{ pseudonym: $p }] }) { nodes { id index } } }', { p: pseudonym })).events.nodes
  return { redact, entry, pseudonym }
}

test('an entry whose person was erased says what is gone, who asked, who approved, when and why, and leads there', async ({ page, request }) => {
  const { redact, entry, pseudonym } = await erased(request)
  await visit(page, '#/event/' + entry.id)
  const told = page.locator('.told')
  await expect(told).toContainText(/Fields of this entry that were erased: [1-9]/)
  await expect(told).toContainText(/The keys of this person were destroyed on .*20\d\d/)
  await expect(told).toContainText('Asked by: Exercise subject, file 12/26. Approved by: Exercise data-protection office. Basis: Exercise rule 16.')
  await expect(page.locator('dl.fields').first()).toContainText(pseudonym) // the trail stays
  await expect(page.locator('dl.fields .absent', { hasText: 'erased' }).first()).toBeVisible()
  await told.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp('#/event/' + redact.id + '$'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Redaction')
  await expect(page.locator('dl.fields').first()).toContainText('Exercise data-protection office')
  await expect(page.locator('.told')).toHaveCount(0)
})

test('in German', async ({ page, request }) => {
  const { entry } = await erased(request)
  await visit(page, '#/event/' + entry.id, { language: 'de' })
  await expect(page.locator('.told')).toContainText('Verlangt von: Exercise subject, file 12/26. Genehmigt durch: Exercise data-protection office.')
})

test('an erased entry is accessible', async ({ page, request }) => {
  const { entry } = await erased(request)
  await accessible(page, '#/event/' + entry.id, (p) => expect(p.locator('.told')).toBeVisible())
})

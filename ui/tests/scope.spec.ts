import { expect, test, visit, visitAs } from './visit'

// A data-protection officer of a body that took part in nothing of the exercise: what is recorded of others is not for it to see.
const hamburg = ['--organisation', 'hamburg-police']

test('what is out of scope is not told as recorded by nobody', async ({ page, browser }) => {
  const asked = '#/reach?from=country:DE&to=sis-ii&exercise=1', verdict = page.locator('.verdict')
  await visit(page, asked)
  await expect(verdict.getByRole('heading')).toContainText('Yes, it is recorded')
  await expect(verdict).not.toContainText('as far as you may see')
  for (const [language, heading, why] of [
    ['de', 'Nach dem, was Sie sehen dürfen, führt nichts Aufgezeichnetes oder Behauptetes dorthin', 'es kann auch aufgezeichnet oder davon gesprochen sein, ohne dass Sie es sehen dürfen'],
    ['en', 'As far as you may see, nothing recorded or claimed leads there', 'it may be recorded or spoken of where you may not see it'],
  ]) {
    const own = await browser.newPage()
    await visitAs(own, 'dpo', hamburg, asked, { language })
    await expect(own.locator('.verdict').getByRole('heading')).toContainText(heading)
    await expect(own.locator('.verdict')).toContainText(why)
    await expect(own.locator('.verdict')).not.toContainText(/niemand hat es|nobody recorded it/)
    await own.close()
  }
})

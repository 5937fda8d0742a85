import { accessible, expect, test, visit } from './visit'

test('the purpose is asked once, shown, and part of every question', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (r) => { if (r.url().endsWith('/graphql')) asked.push(r.headers()['lichtspur-purpose'] ?? '') })
  await page.goto('/#/questions')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(asked).toEqual([])
  await page.getByRole('combobox', { name: 'Purpose of this visit' }).selectOption('PARLIAMENTARY')
  await page.getByLabel('In your own words').fill('Drucksache 19/18172')
  await page.getByRole('button', { name: 'Begin' }).click()
  await expect(page.getByTestId('visit')).toContainText('Answering a parliament (Drucksache 19/18172) · demo, oversight')
  await expect(page.locator('h1')).toBeFocused()
  await expect(page.locator('.questions > details')).toHaveCount(46)
  expect(asked.length).toBeGreaterThan(1)
  expect(new Set(asked)).toEqual(new Set(['PARLIAMENTARY;Drucksache 19/18172']))
  await page.reload()
  await expect(page.locator('.questions > details')).toHaveCount(46)
  await expect(page.getByRole('dialog')).toBeHidden()
})

test('a wrong token is refused in words, before anything is shown', async ({ page, complaints }) => {
  await page.goto('/#/questions')
  await page.getByRole('combobox', { name: 'Purpose of this visit' }).selectOption('REPORTING')
  await page.getByLabel('Token', { exact: true }).fill('lsp_wrong')
  await page.getByRole('button', { name: 'Begin' }).click()
  await expect(page.getByRole('alert')).toContainText('The server does not know this token')
  await expect(page.getByRole('alert')).toContainText('UNKNOWN_TOKEN')
  expect(complaints.splice(0).join()).toContain('401')
})

test('46 questions with status, how we know, and what stands beside', async ({ page }) => {
  await visit(page, '#/questions')
  await expect(page.locator('.questions > details')).toHaveCount(46)
  await expect(page.getByText('46 of 46 questions')).toBeVisible()
  const q = page.locator('#q-BT-1b')
  await q.locator('summary').first().click()
  await expect(q.locator('.part').first()).toContainText('IFRS, free search by member states')
  await expect(q.locator('.part').first()).toContainText('denied')
  await expect(q.locator('.part').first()).toContainText('contested')
  await expect(q.locator('.part').first()).toContainText('answered to this very question')
  await expect(q.locator('.part').first()).toContainText('There is no free automated search in IFRS.')
  await expect(q.locator('.beside').first()).toContainText('Interpol General Secretariat')
  await q.getByText('Ask it in GraphQL').click()
  await expect(q.locator('pre')).toContainText('query BT_1b($asOf: AsOf)')
})

test('what is shown as GraphQL gives the answer that is shown', async ({ page, request }) => {
  await visit(page, '#/questions/BT-2')
  const q = page.locator('#q-BT-2')
  await q.getByText('Ask it in GraphQL').click()
  const query = await q.locator('pre').innerText()
  const res = await request.post('/graphql', { data: { query }, headers: { 'Lichtspur-Purpose': 'demonstration' } })
  const answer = (await res.json()).data.question.answer
  await expect(q.locator('.part')).toHaveCount(answer.parts.length + (answer.reach ? 1 : 0))
  await expect(q.getByRole('heading', { name: 'Could an image have got there?' })).toBeVisible()
})

test('a question is opened where one can ask, and asked there', async ({ page }) => {
  await visit(page, '#/questions/BT-2')
  await page.locator('#q-BT-2').getByText('Ask it in GraphQL').click()
  await page.locator('#q-BT-2').getByRole('link', { name: 'Open where one can ask' }).click()
  await expect(page).toHaveURL(/#\/graphql\/BT-2$/)
  await expect(page.locator('.editor .cm-content')).toContainText('query BT_2')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await expect(page.locator('.answered')).toContainText('"status"')
})

test('each of the 46 has a status, how it is known, and both languages', async ({ page }) => {
  for (const [language, open, how, ask] of [['en', 'Open all', 'How we know', 'Ask it in GraphQL'], ['de', 'Alle aufklappen', 'Woher man das weiß', 'In GraphQL fragen']]) {
    const fresh = await page.context().newPage()
    await visit(fresh, '#/questions', { language })
    await fresh.getByRole('button', { name: open }).click()
    const all = fresh.locator('.questions > details')
    await expect(all).toHaveCount(46)
    const told = await all.evaluateAll((qs, [how, ask]) => qs.map((q) => ({ id: q.id, text: q.querySelector('.question')!.textContent!.trim(), chips: q.querySelectorAll('summary .chip').length, parts: q.querySelectorAll('.part').length, how: q.textContent!.includes(how), ask: q.textContent!.includes(ask) })), [how, ask])
    for (const q of told) expect(q, language + ' ' + q.id).toMatchObject({ how: true, ask: true, text: expect.stringMatching(/.{10}/) })
    for (const q of told) expect(Math.min(q.chips, q.parts), q.id).toBeGreaterThan(0)
    await fresh.close()
  }
})

test('no information is an answer and never nothing', async ({ page }) => {
  await visit(page, '#/questions?status=NO_INFORMATION')
  await expect(page.getByRole('combobox', { name: 'Status' })).toHaveValue('NO_INFORMATION')
  const rows = page.locator('.questions > details')
  await expect(rows.nth(10)).toBeVisible()
  await expect(rows.filter({ hasNot: page.locator('summary .chips', { hasText: 'no information' }) })).toHaveCount(0)
  await rows.first().locator('summary').first().click()
  await expect(rows.first()).toContainText('That is an answer, and it is not a no.')
})

test('searching the questions leaves no words in the address', async ({ page }) => {
  await visit(page, '#/questions')
  await page.getByRole('searchbox').fill('Clearview')
  await expect(page.locator('.questions > details').first()).toBeVisible()
  expect(await page.locator('.questions > details').count()).toBeLessThan(46)
  expect(page.url().toLowerCase()).not.toContain('clearview')
})

test('who follows a link to a question that the search hides sees it, and a search that finds nothing can be taken away', async ({ page }) => {
  await visit(page, '#/questions?open=all')
  const all = page.locator('.questions > details'), search = page.getByRole('searchbox')
  await search.fill('BT-1b')
  await expect(all).toHaveCount(1)
  await all.getByRole('link', { name: 'BT-1a', exact: true }).first().click()
  await expect(page.locator('[id="q-BT-1a"]')).toBeInViewport()
  await expect(search).toHaveValue('')
  await search.fill('zzzz')
  await expect(all).toHaveCount(0)
  await page.getByRole('link', { name: 'Take filters away' }).click()
  await expect(all).toHaveCount(46)
  await expect(search).toHaveValue('')
})

test('by keyboard alone, in German', async ({ page }) => {
  await visit(page, '#/questions', { language: 'de' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Fragebogen')
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.keyboard.press('Tab')
  await expect(page.getByText('Zum Inhalt')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()
  const summary = page.locator('#q-BT-1 > summary')
  for (let i = 0; i < 20 && !(await summary.evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.locator('#q-BT-1 .part').first()).toContainText('ICIS')
  await expect(page.locator('#q-BT-1')).toContainText('keine Erkenntnisse')
})

test('a server that does not answer is told so, and asked again', async ({ page, complaints }) => {
  await page.route('**/graphql', (r) => r.abort())
  await visit(page, '#/questions')
  await expect(page.getByRole('alert')).toContainText('The server does not answer')
  await page.unroute('**/graphql')
  complaints.length = 0
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.locator('.questions > details')).toHaveCount(46)
})

test('a German reader is told once a list that the record speaks English, and where an answer stands', async ({ page }) => {
  await visit(page, '#/questions/BT-1b', { language: 'de' })
  const claims = page.locator('details[open] .claims').first()
  await expect(claims.locator('.quote span[lang=en]').first()).toBeVisible()
  await expect(page.locator('details[open] .claims').first().locator('xpath=preceding-sibling::p[1]')).toHaveText('Zusammenfassung des Verzeichnisses, englisch')
  await expect(claims).toContainText('Frage 1b')
  await expect(claims).not.toContainText('question 1b')
  await page.keyboard.press('Control+k')
  await expect(page.getByText('Gehe zu: Überblick')).toBeVisible()
})

test('the questionnaire is accessible', async ({ page }) => {
  await accessible(page, '#/questions/BT-1b', async (p) => { await expect(p.locator('#q-BT-1b .beside').first()).toBeVisible() })
})

test('what is stated on an open question is not said to be affirmed', async ({ page }) => {
  await visit(page, '#/questions', { language: 'de' })
  await expect(page.locator('.questions > details')).toHaveCount(46)
  await expect(page.locator('#q-HH-1')).toContainText('Wie viele Kameras')
  await expect(page.locator('#q-HH-1 summary .chip').first()).toContainText('angegeben')
  await page.getByRole('button', { name: 'Alle aufklappen' }).click()
  await expect(page.locator('#q-HH-1 .why').first()).toContainText('Es wurde so angegeben.')
  await expect(page.locator('main')).not.toContainText('bejaht')
})

test('where something stands is worded, or quoted as its source puts it', async ({ page }) => {
  await page.route('**/graphql', async (route) => {
    const res = await route.fetch()
    await route.fulfill({ response: res, body: (await res.text()).replaceAll('"locator":"question 1b"', '"locator":"on the back of it"') })
  })
  await visit(page, '#/questions', { language: 'de' })
  await page.getByRole('button', { name: 'Alle aufklappen' }).click()
  await expect(page.locator('main')).toContainText('wie von den Fragestellern in BT-Drucksache 19/18172 zitiert')
  await expect(page.locator('#q-BT-1b .claims').first()).toContainText('im Wortlaut der Quelle: on the back of it')
  await expect(page.locator('#q-BT-1b .claims q[lang=en]').first()).toHaveText('on the back of it')
  for (const raw of ['questioners of', 'cited in', ', report', ', answer', 'word of']) await expect(page.locator('.claims', { hasText: raw })).toHaveCount(0)
})

test('the number of a question stands in one line and beside its question', async ({ page }) => {
  await visit(page, '#/questions')
  await expect(page.locator('.questions > details').first()).toBeVisible()
  for (const width of [1360, 390]) {
    await page.setViewportSize({ width, height: 844 })
    const bad = await page.locator('.questions > details > summary').evaluateAll((all) => all.filter((s) => {
      const id = document.createRange(), [a, q] = [s.querySelector('.id')!, s.querySelector('.question')!]
      id.selectNodeContents(a)
      const box = id.getBoundingClientRect()
      return box.height > 30 || box.right > q.getBoundingClientRect().left
    }).map((s) => s.textContent))
    expect(bad).toEqual([])
  }
})

// Ten wrong passwords: then even the right one waits.
import { base, fillIn, must, person, walk } from './browser.mjs'

await walk(async ({ page }) => {
  await page.goto(base + '/')
  let told = ''
  for (let n = 1; n <= 10; n++) {
    const answer = page.waitForResponse((r) => r.url().endsWith('/api/v1/session') && r.request().method() === 'POST')
    await fillIn(page, person.name, 'wrong ' + n)
    const status = (await answer).status()
    must(`wrong password ${n} answers ${status}`, status === 401 || status === 429)
    await page.getByRole('alert').waitFor()
    told = await page.getByRole('alert').innerText()
  }
  const answer = page.waitForResponse((r) => r.url().endsWith('/api/v1/session') && r.request().method() === 'POST')
  await fillIn(page, person.name, person.password)
  const last = await answer
  must(`after ten wrong passwords the right one answers ${last.status()}: ${told}`, last.status() === 429 && +last.headers()['retry-after'] > 0)
  must('somebody got in', await page.getByRole('button', { name: 'Sign in' }).isVisible())
})

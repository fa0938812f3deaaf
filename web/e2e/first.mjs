// The first start: the link of the first start makes an administrator once, and is dead then.
import { base, must, person, setup, walk } from './browser.mjs'

await walk(async ({ context, page }) => {
  await page.goto(base + '/')
  await page.getByText('Davy waits to be set up').waitFor()
  await page.goto(setup)
  await page.waitForFunction(() => !location.href.includes('token')) // it leaves the address bar
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByLabel('Once more').fill(person.password + '!')
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByText('The two passwords differ').waitFor()
  await page.getByLabel('Once more').fill(person.password)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  const cookies = await context.cookies()
  must('the session is no strict, secure cookie that scripts cannot read: ' + JSON.stringify(cookies), cookies.length === 1 && cookies[0].httpOnly && cookies[0].secure && cookies[0].sameSite === 'Strict')
  await page.reload()
  await page.getByText('Live', { exact: true }).waitFor()

  await page.getByRole('button', { name: person.name }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  must('the cookie outlives the session', (await context.cookies()).length === 0)

  await page.goto(setup)
  await page.reload()
  await page.getByText('Davy is set up already').waitFor()
  const token = new URL(setup).hash.replace('#token=', '')
  const status = await page.evaluate(
    async (token) => (await fetch('/api/v1/setup', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token, name: 'eve', password: 'a second administrator' }) })).status,
    token,
  )
  must(`the used link still answers ${status}`, status === 401 || status === 403 || status === 409 || status === 422)
})

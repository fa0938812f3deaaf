// A station whose name is a script: it stays text wherever it is shown.
import { ask, must, signIn, base, walk } from './browser.mjs'

const name = '<script>alert(1)</script>'

await walk(async ({ page }) => {
  await signIn(page)
  const row = (await ask(page, '/assets?q=' + encodeURIComponent('<script'))).items[0]
  must('the station is not there', row?.name === name)
  const plain = async (where) => {
    await page.getByText(name).first().waitFor()
    must(`a script of the packet's stands in the page of ${where}`, await page.evaluate((t) => [...document.scripts].every((s) => s.src && !s.textContent.includes(t)), 'alert(1)'))
  }
  await page.goto(base + '/assets?q=' + encodeURIComponent('<script'))
  await plain('Assets')
  await page.goto(base + '/assets/' + row.id)
  await plain('an asset')
  await page.goto(base + '/')
  await page.getByText('Live', { exact: true }).waitFor() // who types before that types into nothing
  await page.keyboard.press('Control+k')
  await page.locator('[role=dialog] input:focus').waitFor() // and so is lost what comes before it can be typed into
  await page.keyboard.type('<script')
  await plain('the finder')
  await page.goto(base + '/map')
  await page.locator('canvas').first().waitFor()
  await page.getByLabel('Find on the map').fill('<script')
  await page.keyboard.press('Enter')
  await plain('the map')
})

// From Home to an incident's packets by keyboard alone, and a decision on the way.
import { ask, must, signIn, walk } from './browser.mjs'
import { readFileSync } from 'node:fs'

await walk(async ({ page }) => {
  await signIn(page)
  await page.locator('.story').first().waitFor()
  const focus = () => page.evaluate(() => document.activeElement?.className + ' ' + document.activeElement?.textContent?.slice(0, 40))
  const press = async (...keys) => {
    for (const k of keys) await page.keyboard.press(k)
  }
  await press('j')
  must('j does not go to the first incident: ' + (await focus()), (await focus()).startsWith('story'))
  must('what has the focus is not to be seen', await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none'))
  await press('Enter')
  await page.getByRole('region', { name: 'What happened' }).waitFor()
  await page.locator('.step').first().waitFor()
  await press('j', 'j')
  must('j does not walk the steps: ' + (await focus()), (await focus()).startsWith('step'))
  await press('m')
  must('m does not go to the messages', await page.evaluate(() => document.activeElement?.id === 'messages'))
  await page.getByRole('region', { name: 'Decoded messages' }).locator('tbody tr').first().waitFor()

  const coming = page.waitForEvent('download')
  await press('p')
  const packets = readFileSync(await (await coming).path())
  must('what comes with p is no pcapng', packets.length > 100 && packets.readUInt32LE(0) === 0x0a0d0d0a)
  const bundle = page.waitForEvent('download')
  await press('e')
  const zip = readFileSync(await (await bundle).path())
  must('what comes with e is no zip', zip.subarray(0, 2).toString() === 'PK')

  const id = page.url().split('/').pop()
  await press('a')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type('Anna looks after it')
  await press('Control+Enter')
  await page.getByText('Anna looks after it').waitFor()
  must('it is not acknowledged', (await ask(page, '/incidents/' + id)).state === 'acknowledged')

  // Lists: filter, walk, open.
  await press('g', 'a')
  await page.getByRole('table', { name: 'Assets' }).waitFor()
  await press('/')
  await page.keyboard.type('plc')
  await page.waitForFunction(() => location.search.includes('q=plc') && document.querySelector('.grid:not(.old) .body .row'))
  await press('Enter')
  must('Enter in the filter does not go to the rows: ' + (await focus()), (await focus()).startsWith('row'))
  const name = await page.evaluate(() => document.activeElement.firstChild.textContent.trim())
  await press('Enter')
  await page.getByRole('heading', { level: 1, name: name.replace(/^new /, '') }).waitFor()
  await press('?')
  await page.getByRole('dialog').waitFor()
  await press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  for (const [keys, heading] of [['g m', 'Map'], ['g w', 'Planned work'], ['g c', 'Captures'], ['g s', 'Sensor health'], ['g d', 'Administration'], ['g i', 'Incidents'], ['g l', 'Links']]) {
    await press(...keys.split(' '))
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  }
  await press('Control+k')
  await page.locator('[role=dialog] input:focus').waitFor()
  await page.keyboard.type('plc')
  await page.getByRole('option').first().waitFor()
  await press('Escape')
})

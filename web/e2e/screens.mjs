// Every screen, light and dark: axe-core finds nothing serious, nothing stands on the page
// that was markup in a packet, and a picture is taken where somebody wants one.
import { ask, axeOn, base, must, shots, signIn, walk } from './browser.mjs'

const wrong = []
for (const colorScheme of ['light', 'dark']) {
  await walk(
    async ({ page }) => {
      const look = async (name) => {
        for (const w of await axeOn(page)) wrong.push(`${name}, ${colorScheme}: ${w}`)
        if (shots) await page.screenshot({ path: `${shots}/console-${name}${colorScheme === 'dark' ? '-dark' : ''}.png` })
      }
      await page.goto(base + '/')
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      await look('sign-in')
      await signIn(page)
      const incident = (await ask(page, '/incidents?limit=1&sort=-severity,-findings')).items[0]?.id
      const asset = (await ask(page, '/assets?limit=1&q=plc-')).items[0]?.id
      const finding = (await ask(page, '/findings?limit=1&sort=-severity')).items[0]?.id
      must('there is nothing to look at', incident && asset && finding)
      const screens = { home: '/', incidents: '/incidents', incident: '/incidents/' + incident, findings: '/findings', finding: '/findings/' + finding, assets: '/assets', asset: '/assets/' + asset, links: '/links', map: '/map', work: '/work', captures: '/captures', sensor: '/sensor', administration: '/admin', nowhere: '/no/such/screen' }
      for (const [name, path] of Object.entries(screens)) {
        await page.goto(base + path)
        await page.locator('main h1, main h2').first().waitFor()
        await page.waitForLoadState('load')
        await page.waitForFunction(() => !document.querySelector('main .wait') && !document.querySelector('.grid.old'))
        await page.waitForTimeout(name === 'map' || name === 'sensor' ? 900 : 250)
        await look(name)
      }
      for (const [name, path, key] of [['help', '/', '?'], ['find', '/', 'Control+k'], ['plan', '/work', 'n'], ['learn', '/incidents/' + incident, 'l']]) {
        await page.goto(base + path)
        await page.locator('main h1').first().waitFor()
        if (name === 'learn') await page.locator('.step').first().waitFor()
        await page.keyboard.press(key)
        await page.getByRole('dialog').waitFor()
        await page.waitForTimeout(250)
        await look(name)
        await page.keyboard.press('Escape')
      }
      // The plant's zone: the same moment on another clock, and UTC on hover.
      await page.goto(base + '/incidents/' + incident)
      await page.locator('.step').first().waitFor()
      const clock = () => page.locator('.tl time').first().innerText()
      const here = await clock()
      await page.getByRole('button', { name: /Time zone/ }).click()
      await page.getByRole('combobox', { name: /Times are shown/ }).fill('Asia/Tokyo')
      await page.getByRole('option', { name: 'Asia/Tokyo' }).click()
      must('times do not follow the zone', (await clock()) !== here)
      must('a hover does not tell UTC', /UTC|Z$/.test((await page.locator('.tl time').first().getAttribute('title')) ?? ''))
    },
    { colorScheme, timezoneId: 'Europe/Berlin' },
  )
}
if (wrong.length) {
  console.error(wrong.join('\n'))
  process.exitCode = 1
}

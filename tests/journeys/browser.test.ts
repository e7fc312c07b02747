import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchstring/server/config'
import type { RunningServer } from '@latchstring/server/start-server'
import { startServer } from '@latchstring/server/start-server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Window } from '../support/chromium.ts'
import { chromiumPath, openWindow } from '../support/chromium.ts'
import { freePort } from '../support/running-server.ts'
import { StockAgent } from '../support/stock-agent.ts'

/** The console as people meet it: a real browser, a real authenticator, from the set-up link to the audit. */
const pictures = join(import.meta.dirname, '../../test-results/pages')

type House = { server: RunningServer; folder: string }

async function openHouse(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-browser-'))
  const port = String(await freePort())
  const config = readConfig({ LATCHSTRING_DATA: join(folder, 'data'), LATCHSTRING_PORT: port }, folder)
  return { server: await startServer(config), folder }
}

async function closeHouse({ server, folder }: House): Promise<void> {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function fillOwner(page: Page): Promise<void> {
  await page.getByLabel('Organisation').fill('Acme')
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('E-mail').fill('ada@acme.test')
}

describe.skipIf(chromiumPath === undefined)('with a passkey', () => {
  let house: House
  let window: Window
  let page: Page
  let url: string
  beforeAll(async () => {
    house = await openHouse()
    url = house.server.url
    window = await openWindow(url)
    page = window.page
  })
  afterAll(async () => {
    await window?.close()
    if (house !== undefined) await closeHouse(house)
  })

  it('the set-up link leaves the address bar, makes the owner, and leads to "Connect an agent"', async () => {
    await page.goto((await house.server.setupLink()) ?? '')
    await expect.poll(() => page.url()).not.toContain('token')
    await fillOwner(page)
    await page.getByRole('button', { name: 'Create with a passkey' }).click()
    await page.waitForURL('**/connect')
    await page.getByText(`latch login ${url}`).waitFor()
  })

  it('an agent is approved on the device page, which never decides by opening it', async () => {
    const agent = new StockAgent(url)
    const { user_code, device_code = '' } = await agent.beginSignIn()
    await page.goto(`${url}/device?user_code=${user_code}`)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('claude-code/2.1.330').waitFor()
    expect((await agent.poll(device_code)).body['error']).toBe('authorization_pending')
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText(/go back to your terminal/i).waitFor()
    await expect
      .poll(async () => (await agent.poll(device_code)).status, { interval: 1000, timeout: 15_000 })
      .toBe(200)
    for (let i = 0; i < 3; i++) await (await agent.message(`hello ${i}`)).text()
  })

  it('the home page shows the call, its sheet its audit line', async () => {
    await page.goto(url)
    await page.getByRole('cell', { name: 'claude-opus-4-7' }).first().click()
    const sheet = page.getByRole('dialog')
    await sheet.getByRole('link', { name: /audit/i }).click()
    await page.waitForURL('**/audit?**')
    await page.getByRole('cell', { name: 'Model called' }).first().waitFor()
  })

  it('a key is shown once, works, and is gone from the page afterwards', async () => {
    await page.goto(`${url}/keys`)
    await page
      .getByRole('button', { name: /create/i })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Laptop')
    await dialog.getByRole('button', { name: /create/i }).click()
    const secret = await dialog.getByText(/lsk_[\w-]{49}/).textContent()
    const key = /lsk_[\w-]{49}/.exec(secret ?? '')?.[0] ?? ''
    const answer = await fetch(`${url}/v1/models`, { headers: { 'x-api-key': key } })
    expect(answer.status).toBe(200)
    await page.reload()
    await page.getByText('Laptop').first().waitFor()
    expect(await page.content()).not.toContain(key)
  })

  it('signing out ends the session, the passkey signs in again', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in**')
    await page.goto(`${url}/keys`)
    await page.waitForURL('**/sign-in**')
    await page.getByRole('button', { name: /passkey/i }).click()
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
  })

  it('a wrong user code and a used set-up link are explained', async () => {
    await page.goto(`${url}/device?user_code=BCDF-GHJK`)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(/not known, was used already, or has expired/i).waitFor()
    await page.goto(`${url}/setup#token=${'A'.repeat(43)}`)
    await page
      .getByText(/set up already/i)
      .first()
      .waitFor()
  })

  it('no page broke its policy, erred, or asked anything of another server', () => {
    expect(window.faults).toEqual([])
  })

  const looks = [
    { name: 'light', colorScheme: 'light', width: 1280 },
    { name: 'dark', colorScheme: 'dark', width: 1280 },
    { name: 'phone', colorScheme: 'light', width: 390 },
  ] as const
  const paths = [
    '/',
    '/connect',
    '/keys',
    '/sessions',
    '/members',
    '/providers',
    '/audit',
    '/device',
    '/paste?code=a&state=b',
    '/nowhere',
  ]

  describe.each(looks)('$name', look => {
    let other: Window
    beforeAll(async () => {
      other = await openWindow(url, look)
      await other.page.context().addCookies(await page.context().cookies())
      mkdirSync(pictures, { recursive: true })
    })
    afterAll(() => other?.close())

    it.each(paths)('%s is accessible and fits', async path => {
      await other.page.goto(url + path, { waitUntil: 'networkidle' })
      const picture = `${look.name}${path.replace(/\W+/g, '-').replace(/-$/, '') || '-home'}.png`
      await other.page.screenshot({ path: join(pictures, picture), fullPage: true })
      const wide = await other.page.evaluate<boolean>(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      )
      expect(wide).toBe(false)
      expect(await axe(other.page)).toEqual([])
      expect(other.faults).toEqual([])
    })
  })
})

describe.skipIf(chromiumPath === undefined)('by e-mail link', () => {
  let house: House
  let window: Window
  beforeAll(async () => {
    house = await openHouse()
    window = await openWindow(house.server.url)
  })
  afterAll(async () => {
    await window?.close()
    if (house !== undefined) await closeHouse(house)
  })

  it('the mailed link is on the outbox page and signs in only after a click', async () => {
    const { page } = window
    await page.goto((await house.server.setupLink()) ?? '')
    await fillOwner(page)
    await page.getByRole('button', { name: 'Create, and mail me a link' }).click()
    await page.getByRole('link', { name: /outbox/i }).click()
    await page.waitForURL('**/outbox')
    await page
      .getByRole('link', { name: /sign-in/ })
      .first()
      .click()
    await page.waitForURL('**/sign-in**')
    await page
      .getByRole('button', { name: /continue|sign in/i })
      .first()
      .click()
    await page.getByRole('heading', { name: /Acme/ }).waitFor()
    await page.goto(`${house.server.url}/outbox`)
    await page.getByRole('heading', { name: 'The outbox is closed' }).waitFor()
    expect(window.faults).toEqual([])
  })

  it('nobody else sees the outbox', async () => {
    const stranger = await fetch(`${house.server.url}/v1/sign_in/outbox`)
    expect(stranger.status).toBe(404)
  })
})

/** What axe finds against WCAG A and AA. */
async function axe(page: Page): Promise<string[]> {
  // The page's own policy lets no script in; the test's goes in from outside of it.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  return await page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await tool.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    })
    return violations.map(found => `${found.id}: ${found.nodes[0]?.html.slice(0, 200)}`)
  })
}

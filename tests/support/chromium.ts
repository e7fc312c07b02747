import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

/** Named by `./dev test` where Chromium is there; suites that need it say so when it is not. */
export const chromiumPath = process.env['LATCHSTRING_TEST_CHROMIUM']

/** A window of its own, with a platform authenticator that always says yes. */
export type Window = {
  page: Page
  /** What the page did wrong: errors in its console, requests that left the server, what the policy refused. */
  faults: string[]
  close(): Promise<void>
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openWindow(
  origin: string,
  look: { colorScheme?: 'light' | 'dark'; width?: number; height?: number } = {},
): Promise<Window> {
  if (chromiumPath === undefined) throw new Error('Chromium is not here')
  const profile = mkdtempSync(join(tmpdir(), 'latchstring-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    args: quiet,
    colorScheme: look.colorScheme ?? 'light',
    viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const faults: string[] = []
  page.on('console', message => {
    // A refused request is the API's answer, which the page shows; everything else is a fault of the page.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text())
  })
  page.on('pageerror', error => faults.push(error.message))
  page.on('request', request => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:') && !url.startsWith('http://127.0.0.1'))
      faults.push(`left for ${url}`)
  })
  await giveAuthenticator(context, page)
  return {
    page,
    faults,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function giveAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const client = await context.newCDPSession(page)
  await client.send('WebAuthn.enable')
  await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

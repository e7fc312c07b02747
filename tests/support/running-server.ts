import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchstring/server/config'
import type { RunningServer } from '@latchstring/server/start-server'
import { startServer } from '@latchstring/server/start-server'
import { withConsole } from '@latchstring/server/with-console'
import { BrowserClient } from './browser-client.ts'

/** A port that was free a moment ago on both loopback addresses. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  return port
}

export type TestServer = {
  url: string
  folder: string
  environment: Record<string, string>
  /** An admin key of the owner. */
  adminKey: string
  organizationId: string
  /** The owner, signed in. */
  owner: BrowserClient
  /** A new browser, signed in by a link made on the host. */
  browserOf(email: string): Promise<BrowserClient>
  /** Stops and starts again on the same data. */
  restart(): Promise<void>
  /** Stops and keeps the data; `restart` starts it again. */
  pause(): Promise<void>
  stop(): Promise<void>
}

/** A real server on a data folder of its own, set up for the organisation Acme and owner@acme.test. */
export async function startTestServer(more: Record<string, string> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-story-'))
  const port = await freePort()
  const environment = {
    LATCHSTRING_DATA: join(folder, 'data'),
    LATCHSTRING_PORT: String(port),
    LATCHSTRING_ALLOW_PRIVATE: '127.0.0.0/8',
    ...more,
  }
  const config = readConfig(environment, folder)
  const made = await withConsole(config, console =>
    console.initialize({ organization: 'Acme', email: 'owner@acme.test' }),
  )
  let server: RunningServer | undefined = await startServer(config)
  const owner = new BrowserClient(config.url)
  await owner.signIn(made.signInLink)
  return {
    url: config.url,
    folder,
    environment,
    adminKey: made.adminApiKey,
    organizationId: made.organizationId,
    owner,
    async browserOf(email) {
      const browser = new BrowserClient(config.url)
      await browser.signIn(await withConsole(config, console => console.makeSignInLink(email)))
      return browser
    },
    async restart() {
      await server?.stop()
      server = await startServer(config)
    },
    async pause() {
      await server?.stop()
      server = undefined
    },
    async stop() {
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@latchstring/server/config'
import { startServer } from '@latchstring/server/start-server'
import { withConsole } from '@latchstring/server/with-console'

export type NamedServer = {
  adminKey: string
  /** A sign-in link for the owner, owner@acme.test, made on the host. */
  signInLink(): Promise<string>
  stop(): Promise<void>
}

/** A server under a name that this machine's resolver does not know: a test brings its requests there by itself. */
export async function startNamedServer(environment: Record<string, string>): Promise<NamedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-named-'))
  const config = readConfig({ LATCHSTRING_DATA: join(folder, 'data'), ...environment }, folder)
  const { adminApiKey } = await withConsole(config, console =>
    console.initialize({ organization: 'Acme', email: 'owner@acme.test' }),
  )
  const server = await startServer(config)
  return {
    adminKey: adminApiKey,
    signInLink: () => withConsole(config, console => console.makeSignInLink('owner@acme.test')),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

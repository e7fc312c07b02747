import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuthorizationServerPeer } from '../../../../tests/support/authorization-server-peer.ts'
import { accountName, writeConfiguration } from '../configuration.ts'
import { type AccountRecord, writeAccount } from '../store/vault.ts'
import { machineWorld, type World } from '../world.ts'

/** A world with its own home folder, its own clock and a terminal that is only remembered. */
export type TemporaryWorld = World & {
  env: Record<string, string | undefined>
  /** What the clock shows; sleeping turns it on, at once. */
  clock: number
  sleeps: number[]
  errors: string[]
  typed: string[]
  opened: string[][]
  remove(): void
}

/** A sleep this long is a limit, not a wait: it ends with its signal. */
const limitMilliseconds = 300_000

export function temporaryWorld(given: Partial<World> = {}): TemporaryWorld {
  const home = mkdtempSync(path.join(tmpdir(), 'latch-'))
  const world: TemporaryWorld = {
    ...machineWorld(),
    env: {},
    home,
    platform: 'linux',
    hostname: 'laptop',
    stdin: { isTTY: false, lines: typedLines },
    stdout: { isTTY: false, write: () => {} },
    stderr: { isTTY: false, write: text => void world.errors.push(text) },
    now: () => world.clock,
    randomBytes,
    async sleep(milliseconds, signal) {
      if (milliseconds >= limitMilliseconds && signal) {
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      }
      world.sleeps.push(milliseconds)
      world.clock += milliseconds
      await nextTurn()
    },
    spawn: () => {
      throw new Error('nothing is started in this test')
    },
    clock: Date.now(),
    sleeps: [],
    errors: [],
    typed: [],
    opened: [],
    remove: () => rmSync(home, { recursive: true, force: true }),
    ...given,
  }
  async function* typedLines() {
    yield* world.typed
    await new Promise(() => {})
  }
  return world
}

/** Stores a sign-in as login would, without the network. `leftSeconds`: what is left of the access token. */
export function storeSignIn(
  world: World,
  peer: AuthorizationServerPeer,
  { leftSeconds, ...changes }: { leftSeconds: number } & Partial<AccountRecord>,
): string {
  const now = world.now()
  const name = accountName(peer.address)
  const record: AccountRecord = {
    address: peer.address,
    tokenEndpoint: `${peer.address}/oauth/token`,
    revocationEndpoint: `${peer.address}/oauth/revoke`,
    email: 'ada@acme.test',
    ...peer.issue(),
    issuedAt: now - (900 - leftSeconds) * 1000,
    expiresAt: now + leftSeconds * 1000,
    refreshId: null,
    reauthRequired: false,
    signedInAt: now,
    ...changes,
  }
  writeAccount(world, name, record, null)
  writeConfiguration(world, {
    schemaVersion: 1,
    defaultAccount: name,
    accounts: { [name]: { address: peer.address } },
  })
  return name
}

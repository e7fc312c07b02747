import { existsSync } from 'node:fs'
import type { AuthorizationServer } from 'oauth4webapi'
import { readAddress } from '../addresses.ts'
import { accountName, defaultAccount, readConfiguration, writeConfiguration } from '../configuration.ts'
import { discover } from '../discover.ts'
import { LatchError } from '../errors.ts'
import { lock } from '../lock.ts'
import type { TokenReply } from '../oauth.ts'
import { type AccountRecord, probeStore, writeAccount } from '../store/vault.ts'
import type { World } from '../world.ts'
import { openBrowser } from './browser.ts'
import { chooseWay, type LoginWay } from './choose-way.ts'
import { type DeviceCode, loginByDevice } from './device.ts'
import { type LoopbackAddresses, loginByLoopback } from './loopback.ts'

export type LoginRequest = {
  /** As typed; undefined means the server of last time. */
  address: string | undefined
  device: boolean
  noBrowser: boolean
}

/** What a sign-in tells on its way. */
export type LoginTelling = {
  device(code: DeviceCode, way: LoginWay, opened: boolean): void
  loopback(addresses: LoopbackAddresses, way: LoginWay, opened: boolean): void
}

export type SignedIn = { address: string; email: string | null }

/**
 * Signs in and stores the result. The order matters: the store is proved writable first, so that no approval is
 * asked for that could not be kept.
 *
 * @throws LatchError usage (2), store (5), network (6), refused or expired (1)
 * @example
 * await login(world, { address: 'https://latch.example.com', device: true, noBrowser: true }, telling)
 */
export async function login(world: World, request: LoginRequest, telling: LoginTelling): Promise<SignedIn> {
  const address =
    request.address === undefined ? defaultAccount(world)?.address : readAddress(request.address)
  if (address === undefined) throw new LatchError('address_missing')
  const configuration = readConfiguration(world)
  probeStore(world)
  const server = await discover(world, address)
  const way = chooseWay({
    asked: request,
    env: world.env,
    platform: world.platform,
    terminal: world.stdin.isTTY && world.stderr.isTTY,
    containerFile: inContainer(world),
  })
  const reply = await signIn(world, server, way, telling)
  const name = accountName(address)
  const held = await lock(world, name)
  try {
    writeAccount(world, name, newRecord(world, address, server, reply), null)
  } finally {
    held.release()
  }
  writeConfiguration(world, {
    schemaVersion: 1,
    defaultAccount: name,
    accounts: { ...configuration.accounts, [name]: { address } },
  })
  return { address, email: reply.email }
}

/** The files that container engines leave (Docker, Podman). */
const inContainer = (world: World) =>
  world.platform === 'linux' && (existsSync('/.dockerenv') || existsSync('/run/.containerenv'))

function signIn(
  world: World,
  server: AuthorizationServer,
  way: LoginWay,
  telling: LoginTelling,
): Promise<TokenReply> {
  if (way.way === 'device') {
    return loginByDevice(world, server, async code => {
      const opened = way.openBrowser && (await openBrowser(world, code.completeAddress ?? code.address))
      telling.device(code, way, opened)
    })
  }
  return loginByLoopback(world, server, async addresses => {
    telling.loopback(addresses, way, way.openBrowser && (await openBrowser(world, addresses.here)))
  })
}

function newRecord(
  world: World,
  address: string,
  server: AuthorizationServer,
  reply: TokenReply,
): AccountRecord {
  if (!reply.refreshToken || !server.token_endpoint) {
    throw new LatchError('server_refused', {
      sentence: `${address} gave a token that cannot be renewed.`,
      hint: "Ask the server's operator: latch needs the refresh_token grant.",
    })
  }
  const now = world.now()
  return {
    address,
    tokenEndpoint: server.token_endpoint,
    revocationEndpoint: server.revocation_endpoint ?? null,
    email: reply.email,
    accessToken: reply.accessToken,
    issuedAt: now,
    expiresAt: now + reply.lifetimeSeconds * 1000,
    refreshToken: reply.refreshToken,
    refreshId: null,
    reauthRequired: false,
    signedInAt: now,
  }
}

import * as oauth from 'oauth4webapi'
import { mayCarrySecrets } from './addresses.ts'
import { LatchError, plainText } from './errors.ts'
import { callOptions, readTrouble, troubleError } from './oauth.ts'
import type { World } from './world.ts'

/**
 * Asks a server for its endpoints (RFC 8414 §3) and checks that it is the one asked: its issuer must be the address,
 * else a reply could come from somebody else's sign-in (RFC 9207).
 *
 * @param address as readAddress returns it
 * @throws LatchError `server_unreachable` (6), `server_unknown`, `server_named_otherwise` (1)
 */
export async function discover(world: World, address: string): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(address)
  try {
    const response = await oauth.discoveryRequest(issuer, {
      ...callOptions(world, address),
      algorithm: 'oauth2',
    })
    if (response.status >= 300 && response.status < 500 && response.status !== 429) throw unknown(address)
    const server = await oauth.processDiscoveryResponse(issuer, response)
    checkEndpoints(address, server)
    return server
  } catch (error) {
    const other = otherName(error)
    if (other) throw namedOtherwise(address, other)
    const trouble = await readTrouble(error)
    if (trouble.kind === 'trouble' && trouble.reason.includes('not OAuth')) throw unknown(address)
    throw troubleError(trouble, address, error)
  }
}

const unknown = (address: string) =>
  new LatchError('server_unknown', { sentence: `no Latchstring server answers at ${address}.` })

function namedOtherwise(address: string, other: string): LatchError {
  return new LatchError('server_named_otherwise', {
    sentence: `the server at ${address} calls itself ${other}.`,
    hint: `If that is your organisation's, run: latch login ${other}`,
  })
}

function otherName(error: unknown): string | undefined {
  if (!(error instanceof oauth.OperationProcessingError)) return undefined
  if (error.code !== oauth.JSON_ATTRIBUTE_COMPARISON) return undefined
  const issuer = (error.cause as { body?: { issuer?: unknown } } | undefined)?.body?.issuer
  return typeof issuer === 'string' ? plainText(issuer) : undefined
}

/** No answer may send the sign-in, or the person's browser, to an unencrypted or strange kind of address. */
function checkEndpoints(address: string, server: oauth.AuthorizationServer) {
  const { token_endpoint, authorization_endpoint, device_authorization_endpoint, revocation_endpoint } =
    server
  if (!token_endpoint) throw unknown(address)
  for (const endpoint of [
    token_endpoint,
    authorization_endpoint,
    device_authorization_endpoint,
    revocation_endpoint,
  ]) {
    if (endpoint !== undefined && !(URL.canParse(endpoint) && mayCarrySecrets(new URL(endpoint)))) {
      throw new LatchError('address_refused', {
        sentence: `${address} names an address that is not encrypted.`,
      })
    }
  }
}

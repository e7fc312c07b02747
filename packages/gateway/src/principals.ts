import { hash } from 'node:crypto'
import { keysById, readAccessToken } from '@latchstring/kit/access-token'
import type { GatewayContract, Principal } from '@latchstring/protocol/gateway-contract'
import { askConsole } from './ask-console.ts'
import { longestTokenLifeMs } from './ended.ts'
import type { Credentialed } from './exchange.ts'
import type { Memory } from './memory.ts'
import { longestMs, unknownMs } from './memory.ts'
import type { Revocations } from './revocations.ts'

type World = { contract: GatewayContract; memory: Memory; revocations: Revocations; now: () => number }

/**
 * Whose credential this is; null where it is nobody's. Tokens are verified offline and keys found by hash; both are
 * remembered under their SHA-256, so that no live credential stays in memory.
 *
 * @throws Failure storage_unavailable
 */
export async function findPrincipal(
  { kind, secret }: Credentialed['credential'],
  world: World,
): Promise<Principal | null> {
  const { memory } = world
  const now = world.now()
  const sha256 = hash('sha256', secret, 'hex')
  const known = (kind === 'token' ? memory.tokens : memory.keys).get(sha256, now)
  if (known !== undefined) return known
  if (memory.unknown.get(sha256, now)) return null
  const found = kind === 'token' ? await verifyToken(secret, sha256, world) : await resolveKey(sha256, world)
  if (found === null) memory.unknown.set(sha256, true, now + unknownMs)
  return found
}

async function verifyToken(token: string, sha256: string, world: World): Promise<Principal | null> {
  const { memory, now } = world
  const rule = memory.tokenRule ?? (await fetchTokenRule(world))
  const claims = readAccessToken(token, rule, now())
  if (claims === undefined) return null
  const expiresAt = claims.exp * 1000
  if (expiresAt > now() + longestTokenLifeMs) return null
  const principal: Principal = {
    organizationId: claims.org,
    personId: claims.sub,
    sessionId: claims.sid,
    keyId: null,
    keyKind: null,
    expiresAt,
  }
  if (memory.ended.includes(principal, claims.iat * 1000)) return null
  memory.tokens.set(sha256, principal, expiresAt)
  return principal
}

/** An answer that was on its way while something changed is used once and not kept. */
async function fetchTokenRule({ contract, memory, revocations }: World) {
  const epoch = revocations.epoch()
  const { issuer, audience, keys } = await askConsole(() => contract.tokenIssuer())
  const rule = { issuer, audience, keys: keysById(keys) }
  if (epoch === revocations.epoch()) memory.tokenRule = rule
  return rule
}

async function resolveKey(sha256: string, world: World): Promise<Principal | null> {
  const { contract, memory, revocations, now } = world
  for (;;) {
    const epoch = revocations.epoch()
    const principal = await askConsole(() => contract.resolveKey(sha256))
    // Something ended while the console answered: perhaps this very key. Ask again.
    if (epoch !== revocations.epoch()) continue
    const expiresAt = principal?.expiresAt ?? Number.POSITIVE_INFINITY
    if (principal === null || expiresAt <= now()) return null
    memory.keys.set(sha256, principal, Math.min(expiresAt, now() + longestMs))
    return principal
  }
}

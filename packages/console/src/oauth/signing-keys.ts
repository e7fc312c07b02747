import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { TokenRule } from '@latchstring/kit/access-token'
import { keysById } from '@latchstring/kit/access-token'
import { openEnvelope, seal } from '@latchstring/kit/envelope'
import { open, Secret } from '@latchstring/kit/secret'
import type { EventName } from '@latchstring/protocol/codes/events'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import type { Actor } from '../audit/service.ts'
import { change, operator, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import { listOrganizations } from '../organizations/service.ts'
import { planKeys, publishedMs } from './plan-keys.ts'

type Jwk = Record<string, unknown>

/** The keys that sign access tokens: the first signs, all are published. */
export type SigningKeys = {
  /** Of the published keys, in their order. */
  kids: string[]
  privateJwks: Jwk[]
  /** What verifies the tokens, for others and for us. */
  issuer: TokenIssuer
  rule: TokenRule
}

const purpose = 'signing-key'

const readRows = (base: Base) => base.database.handle().selectFrom('signing_keys').selectAll().execute()

/** The ids of the keys to publish now, the signing one first. */
export const publishedKids = async (base: Base): Promise<string[]> =>
  planKeys(await readRows(base), base.now()).published

/** Reads the signing keys, and makes the first one at the first start. */
export async function readSigningKeys(base: Base): Promise<SigningKeys> {
  if ((await publishedKids(base)).length === 0) {
    await base.database.transaction(async () => {
      if ((await publishedKids(base)).length === 0) await addSigningKey(base)
    })
  }
  const all = new Map((await readRows(base)).map(row => [row.kid, row]))
  const rows = planKeys([...all.values()], base.now()).published.flatMap(kid => all.get(kid) ?? [])
  const { url } = base.settings
  const keys = rows.map(row => ({ kid: row.kid, jwk: JSON.parse(row.public_jwk) as Jwk }))
  return {
    kids: rows.map(row => row.kid),
    privateJwks: rows.map(row =>
      JSON.parse(open(openEnvelope(base.masterKey, purpose, row.kid, row.sealed_private_jwk))),
    ),
    issuer: { issuer: url, audience: url, keys },
    rule: { issuer: url, audience: url, keys: keysById(keys) },
  }
}

/**
 * Adds a key for the operator: published at once by every running process, signing from `signsAt` on, while the one
 * before verifies until its tokens have ended.
 */
export async function rotateSigningKey(base: Base): Promise<{ kid: string; signsAt: number }> {
  return await base.database.transaction(async () => {
    const kid = await addSigningKey(base)
    await say(base, 'oauth.signing_key_added', operator, kid)
    return { kid, signsAt: base.now() + publishedMs }
  })
}

/** Retires keys whose tokens have ended; what is left of them is their public half. */
export async function retireSigningKeys(base: Base): Promise<void> {
  for (const kid of planKeys(await readRows(base), base.now()).retire) {
    await base.database.transaction(async handle => {
      const retired = await handle
        .updateTable('signing_keys')
        .set({ retired_at: base.now(), sealed_private_jwk: '' })
        .where('kid', '=', kid)
        .where('retired_at', 'is', null)
        .returning('kid')
        .executeTakeFirst()
      if (retired !== undefined) await say(base, 'oauth.signing_key_retired', system, kid)
    })
  }
}

/** The keys are every organisation's, so each has a line of its own. */
async function say(base: Base, event: EventName, actor: (organizationId: string) => Actor, kid: string) {
  for (const { id } of await listOrganizations(base)) {
    await change(base, actor(id), event, async (_handle, line) => line.target('signing_key', kid))
  }
}

/** Adds a key. */
export async function addSigningKey(base: Base): Promise<string> {
  const kid = randomBytes(12).toString('base64url')
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const named = (jwk: object) => JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' })
  await base.database.transaction(handle =>
    handle
      .insertInto('signing_keys')
      .values({
        kid,
        public_jwk: named(pair.publicKey.export({ format: 'jwk' })),
        sealed_private_jwk: seal(
          base.masterKey,
          purpose,
          kid,
          new Secret(named(pair.privateKey.export({ format: 'jwk' }))),
        ),
        created_at: base.now(),
        retired_at: null,
      })
      .execute(),
  )
  return kid
}

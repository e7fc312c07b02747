import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { TokenRule } from '@latchstring/kit/access-token'
import { keysById } from '@latchstring/kit/access-token'
import { openEnvelope, seal } from '@latchstring/kit/envelope'
import { open, Secret } from '@latchstring/kit/secret'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import type { Base } from '../base/base.ts'

type Jwk = Record<string, unknown>

/** The keys that sign access tokens, newest first: the first signs, all are published. */
export type SigningKeys = {
  privateJwks: Jwk[]
  /** What verifies the tokens, for others and for us. */
  issuer: TokenIssuer
  rule: TokenRule
}

const purpose = 'signing-key'

/** Reads the signing keys, and makes the first one at the first start. */
export async function readSigningKeys(base: Base): Promise<SigningKeys> {
  return await base.database.transaction(async handle => {
    const read = () =>
      handle.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').orderBy('kid').execute()
    let rows = await read()
    if (rows.length === 0) {
      await addSigningKey(base)
      rows = await read()
    }
    const { url } = base.settings
    const keys = rows.map(row => ({ kid: row.kid, jwk: JSON.parse(row.public_jwk) as Jwk }))
    return {
      privateJwks: rows.map(row =>
        JSON.parse(open(openEnvelope(base.masterKey, purpose, row.kid, row.sealed_private_jwk))),
      ),
      issuer: { issuer: url, audience: url, keys },
      rule: { issuer: url, audience: url, keys: keysById(keys) },
    }
  })
}

/** Adds a key, which signs from the next start on; the older ones are still published. */
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

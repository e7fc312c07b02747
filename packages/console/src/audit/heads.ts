import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openEnvelope, seal } from '@latchstring/kit/envelope'
import { open, Secret } from '@latchstring/kit/secret'
import { newId } from '@latchstring/protocol/base/ids'
import type { Transaction } from 'kysely'
import type { Base } from '../base/base.ts'
import type { Handle } from '../base/database.ts'
import type { Tables } from '../base/tables.ts'
import type { ChainRow, HeadRow } from './chain-queries.ts'
import { selectHeads } from './chain-queries.ts'

/** What a head says: at `at` this organisation's chain had come to `sequence`, where its hash was `hash`. */
export type Head = { organization: string; sequence: number; hash: string; at: string }

/** A head with its signature: what a line of `audit-heads.jsonl` holds. */
export type SignedHead = Head & { jws: string }

/** RFC 8037 §2, with the members that RFC 7638 takes for the thumbprint, in its order. */
export type PublicJwk = { crv: 'Ed25519'; kty: 'OKP'; x: string }

const type = 'latchstring-audit-head+json'
const purpose = 'audit-key'
const headEveryMs = 60_000
const keepMs = 30 * 24 * 3600 * 1000

export const headsFile = 'audit-heads.jsonl'

const plain = ({ x }: { x?: unknown }): PublicJwk => ({ crv: 'Ed25519', kty: 'OKP', x: String(x) })
const thumbprint = (jwk: PublicJwk) => hash('sha256', JSON.stringify(plain(jwk)), 'base64url')
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

type Key = { kid: string; publicJwk: PublicJwk; privateKey: KeyObject }

/** Opens a key; undefined where the row is not one that this server made: its private half must open and fit. */
function openKey(base: Base, row: { kid: string; sealed_private_jwk: string }): Key | undefined {
  try {
    const text = open(openEnvelope(base.masterKey, purpose, row.kid, row.sealed_private_jwk))
    const privateKey = createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
    const publicJwk = plain(createPublicKey(privateKey).export({ format: 'jwk' }))
    return thumbprint(publicJwk) === row.kid ? { kid: row.kid, publicJwk, privateKey } : undefined
  } catch {
    return undefined
  }
}

/**
 * The keys that this server's heads are signed with, newest first. Their public halves are computed from the sealed
 * private ones, so that whoever can write to the database but lacks the master key cannot bring a key of their own.
 */
export async function readKeys(base: Base, handle: Handle): Promise<{ keys: Key[]; foreign: string[] }> {
  const rows = await handle
    .selectFrom('audit_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute()
  const opened = rows.map(row => ({ kid: row.kid, key: openKey(base, row) }))
  return {
    keys: opened.map(({ key }) => key).filter(key => key !== undefined),
    foreign: opened.filter(({ key }) => key === undefined).map(({ kid }) => kid),
  }
}

/** The key that signs now; made at its first use. */
async function signingKey(base: Base, handle: Transaction<Tables>): Promise<Key> {
  const [newest] = (await readKeys(base, handle)).keys
  if (newest !== undefined) return newest
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicJwk = plain(publicKey.export({ format: 'jwk' }))
  const kid = thumbprint(publicJwk)
  const secret = new Secret(JSON.stringify(privateKey.export({ format: 'jwk' })))
  await handle
    .insertInto('audit_keys')
    .values({
      kid,
      sealed_private_jwk: seal(base.masterKey, purpose, kid, secret),
      created_at: base.now(),
    })
    .execute()
  return { kid, publicJwk, privateKey }
}

/** The public keys of this server's heads, newest first; makes the first one where there is none. */
export async function publicKeys(base: Base): Promise<(PublicJwk & { kid: string })[]> {
  return await base.database.transaction(async handle => {
    await signingKey(base, handle)
    return (await readKeys(base, handle)).keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid }))
  })
}

function signHead(key: Key, head: Head): SignedHead {
  const header = part({ alg: 'EdDSA', typ: type, kid: key.kid, jwk: key.publicJwk })
  const signed = `${header}.${part(head)}`
  const signature = sign(null, Buffer.from(signed), key.privateKey).toString('base64url')
  return { ...head, jws: `${signed}.${signature}` }
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Why a signed head cannot be believed. */
export type HeadFault = 'malformed' | 'signature'

/** What a JWS of `signHead` says, under the key that it names itself; pure. Whose key that is, `kid` says. */
export function readHead(jws: string): { head: Head; kid: string } | HeadFault {
  const [first, second, third, more] = jws.split('.')
  const [header, body] = [parse(first), parse(second)]
  if (header === undefined || body === undefined || third === undefined || more !== undefined)
    return 'malformed'
  const { alg, typ, kid, jwk, crit } = header
  if (alg !== 'EdDSA' || typ !== type || crit !== undefined || typeof jwk !== 'object' || jwk === null) {
    return 'malformed'
  }
  const { organization, sequence, hash: chainHash, at } = body
  if (typeof organization !== 'string' || typeof chainHash !== 'string' || typeof at !== 'string')
    return 'malformed'
  if (!Number.isSafeInteger(sequence)) return 'malformed'
  const publicJwk = plain(jwk)
  const named = thumbprint(publicJwk)
  if (named !== kid) return 'malformed'
  try {
    const key = createPublicKey({ key: publicJwk, format: 'jwk' })
    if (!verify(null, Buffer.from(`${first}.${second}`), key, Buffer.from(third, 'base64url')))
      return 'signature'
  } catch {
    return 'signature'
  }
  return { head: { organization, sequence: sequence as number, hash: chainHash, at }, kid: named }
}

/**
 * Signs the head of every chain that has grown since its last one, at most once a minute for each. The line in the data
 * folder's file is on disk before the row is: after a crash it may stand there twice, never not at all.
 *
 * @param everyMs 0: whatever has grown, at once
 */
export async function signHeads(base: Base, everyMs = headEveryMs): Promise<void> {
  const now = base.now()
  const due = (chain: ChainRow) => chain.headed_at <= now - everyMs || chain.headed_at > now + headEveryMs
  const chains = await base.database
    .handle()
    .selectFrom('audit_chains')
    .selectAll()
    .whereRef('sequence', '>', 'headed_sequence')
    .execute()
  for (const { organization_id } of chains.filter(due)) {
    await base.database.transaction(async handle => {
      const chain = await handle
        .updateTable('audit_chains')
        .set(({ ref }) => ({ headed_sequence: ref('sequence'), headed_at: now }))
        .where('organization_id', '=', organization_id)
        .whereRef('sequence', '>', 'headed_sequence')
        .returningAll()
        .executeTakeFirst()
      if (chain === undefined) return
      const { sequence, chain_hash } = chain
      const head = signHead(await signingKey(base, handle), {
        organization: organization_id,
        sequence,
        hash: chain_hash,
        at: new Date(now).toISOString(),
      })
      append(join(base.settings.dataFolder, headsFile), JSON.stringify(head))
      const id = newId('auditHead', now)
      await handle
        .insertInto('audit_heads')
        .values({ id, organization_id, sequence, chain_hash, at: now, jws: head.jws })
        .execute()
      await handle
        .deleteFrom('audit_heads')
        .where('organization_id', '=', organization_id)
        .where('at', '<', now - keepMs)
        .execute()
    })
  }
}

/** The newest head of every chain, as `audit-heads.jsonl` has them. */
export async function newestHeads(base: Base): Promise<SignedHead[]> {
  const newest = new Map<string, HeadRow>()
  for (const row of await selectHeads(base.database.handle())) {
    if (row.sequence > (newest.get(row.organization_id)?.sequence ?? 0)) newest.set(row.organization_id, row)
  }
  return [...newest.values()].map(({ organization_id, sequence, chain_hash, at, jws }) => {
    return { organization: organization_id, sequence, hash: chain_hash, at: new Date(at).toISOString(), jws }
  })
}

/**
 * One line, on disk when this returns. Opened anew each time, so that the file may be moved away; what a power cut tore is
 * left as a line of its own.
 */
function append(path: string, line: string): void {
  const file = openSync(path, 'a+', 0o600)
  try {
    const { size } = fstatSync(file)
    const last = Buffer.from('\n')
    if (size > 0) readSync(file, last, 0, 1, size - 1)
    writeSync(file, `${last[0] === 0x0a ? '' : '\n'}${line}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

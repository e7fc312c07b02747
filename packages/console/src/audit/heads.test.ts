import { createHash, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { appendFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compactVerify, EmbeddedJWK, importJWK } from 'jose'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestBase } from '../base/testing/base.ts'
import { headsFile, readHead, signHeads } from './heads.ts'
import { publicKeys, signNewestHeads } from './service.ts'
import { addLines, makeChain, rowsOf, sealAll, sealAndSign, storedHeads, tamper } from './testing/chain.ts'
import { verifyAudit } from './verify.ts'

let base: TestBase
let chain: Awaited<ReturnType<typeof makeChain>>
beforeEach(async () => {
  chain = await makeChain(5)
  base = chain.base
})
afterEach(() => base.close())

const heads = () => base.database.handle().selectFrom('audit_heads').selectAll().orderBy('id').execute()

it('a chain that grew gets a head, at most once a minute, and one that did not gets none', async () => {
  await signHeads(base)
  expect(await heads()).toEqual([])
  await sealAll(base)
  await signHeads(base)
  await signHeads(base)
  expect((await heads()).map(head => head.sequence)).toEqual([5])
  await addLines(base, chain.actor, 2)
  await sealAll(base)
  base.advance(59_000)
  await signHeads(base)
  expect(await heads()).toHaveLength(1)
  base.advance(1000)
  await signHeads(base)
  expect((await heads()).map(head => head.sequence)).toEqual([5, 7])
  base.advance(3_600_000)
  await signHeads(base)
  expect(await heads()).toHaveLength(2)
})

it('a clock that was put back does not stop the heads', async () => {
  await sealAndSign(base)
  base.advance(-3_600_000)
  await addLines(base, chain.actor, 1)
  await sealAll(base)
  await signHeads(base)
  expect(await heads()).toHaveLength(2)
})

it('each head is one line of the file, for its owner only, and jose reads it by the key that latchstring prints', async () => {
  await sealAndSign(base)
  const [line = ''] = storedHeads(base)
  expect(statSync(join(base.folder, headsFile)).mode & 0o077).toBe(0)
  const { jws, ...head } = JSON.parse(line)
  const [key] = await publicKeys(base)
  expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: expect.any(String) })
  const { payload, protectedHeader } = await compactVerify(jws, await importJWK({ ...key }, 'EdDSA'))
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(head)
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: key?.kid })
  await compactVerify(jws, EmbeddedJWK)
  const [row] = (await rowsOf(base)).slice(-1)
  expect(head).toEqual({
    organization: chain.id,
    sequence: 5,
    hash: row?.chain_hash,
    at: new Date(base.now()).toISOString(),
  })
})

it('heads of more than 30 days ago stay in the file and leave the database', async () => {
  await sealAndSign(base)
  base.advance(31 * 24 * 3_600_000)
  await addLines(base, chain.actor, 1)
  const stored = await sealAndSign(base)
  expect((await heads()).map(head => head.sequence)).toEqual([6])
  expect(stored).toHaveLength(2)
  expect(await verifyAudit(base, stored)).toMatchObject({ whole: true, heads: 3 })
})

it('an altered, foreign or unreadable head is found and named, and an empty line is not one', async () => {
  const [line = ''] = await sealAndSign(base)
  const head = JSON.parse(line)
  const wrong = (more: object) => JSON.stringify({ ...head, ...more })
  const [first, , third] = head.jws.split('.')
  const forgedBody = Buffer.from(JSON.stringify({ ...head, sequence: 4, jws: undefined })).toString(
    'base64url',
  )
  const report = await verifyAudit(base, [
    '',
    line,
    head.jws,
    wrong({ sequence: 4 }),
    wrong({ jws: `${first}.${forgedBody}.${third}` }),
    wrong({ jws: foreign(head) }),
    'torn {',
  ])
  expect(report.heads).toBe(3)
  expect(report.headFaults.map(({ where, what }) => [where, what])).toEqual([
    ['line 4', expect.stringMatching(/beside the signature/)],
    ['line 5', expect.stringMatching(/signature is wrong/)],
    ['line 6', expect.stringMatching(/none of this server’s/)],
    ['line 7', expect.stringMatching(/no signed head/)],
  ])
})

/** The same head under a key that somebody else made. */
function foreign(head: Record<string, unknown>): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { crv, kty, x } = publicKey.export({ format: 'jwk' })
  const kid = thumbprintOf({ crv, kty, x })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { alg: 'EdDSA', typ: 'latchstring-audit-head+json', kid, jwk: { crv, kty, x } }
  const signed = `${part(header)}.${part({ ...head, jws: undefined })}`
  const jws = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
  expect(readHead(jws)).toMatchObject({ kid })
  return jws
}

const thumbprintOf = (jwk: object) => createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')

it('a line torn by a power cut spoils no other one, and is named', async () => {
  await sealAndSign(base)
  appendFileSync(join(base.folder, headsFile), '{"organization":"')
  await addLines(base, chain.actor, 1)
  const stored = await sealAndSign(base)
  const { heads, headFaults } = await verifyAudit(base, stored)
  expect([heads, headFaults.map(fault => fault.where)]).toEqual([4, ['line 2']])
})

it('a key put into the database without the master key is found, and the private key lies sealed', async () => {
  await sealAndSign(base)
  const files = await base.database.handle().selectFrom('audit_keys').selectAll().execute()
  expect(JSON.stringify(files)).not.toContain('"d"')
  const other = { ...base, masterKey: createSecretKey(randomBytes(32)) }
  const [foreignKey] = await publicKeys(other)
  expect(await verifyAudit(base)).toMatchObject({ whole: false, foreignKeys: [foreignKey?.kid] })
})

it('asked for on the host, what is not sealed or signed yet is, without waiting for the minute', async () => {
  await sealAndSign(base)
  await addLines(base, chain.actor, 3)
  const [head, ...more] = await signNewestHeads(base)
  expect([head?.sequence, more]).toEqual([8, []])
  expect(await signNewestHeads(base)).toEqual([head])
})

it('a broken chain is named, and heads before the break still hold', async () => {
  const stored = await sealAndSign(base)
  await addLines(base, chain.actor, 5)
  await sealAndSign(base)
  const row = (await rowsOf(base))[7]
  await tamper(base, row?.id ?? '', { event: 'keys.created' })
  const report = await verifyAudit(base, stored)
  expect(report).toMatchObject({
    whole: false,
    headFaults: [],
    organizations: [{ lines: 7, fault: { sequence: 8 } }],
  })
})

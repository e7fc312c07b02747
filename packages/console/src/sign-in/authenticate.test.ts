import { generateKeyPairSync, sign } from 'node:crypto'
import { newRequestId } from '@latchstring/kit/request-id'
import type { TokenIssuer } from '@latchstring/protocol/gateway-contract'
import { describe, expect, test } from 'vitest'
import { operator } from '../audit/service.ts'
import type { Origin } from '../base/caller.ts'
import { changeKey, createKey } from '../keys/service.ts'
import { addMember, changeRole, removeMember } from '../members/service.ts'
import { endSession, startAgentSession } from '../sessions/service.ts'
import { authenticate } from './authenticate.ts'
import { startWithOwner } from './testing/console.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const issuer: TokenIssuer = {
  issuer: 'http://localhost',
  audience: 'http://localhost',
  keys: [{ kid: 'k1', jwk: { ...publicKey.export({ format: 'jwk' }) } }],
}

function token(claims: object, signer = privateKey): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }
  const body = { iss: issuer.issuer, aud: issuer.audience, jti: 'j', iat: 0, ...claims }
  const signed = `${part(head)}.${part(body)}`
  const signature = sign('sha256', Buffer.from(signed), { key: signer, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** A developer with an agent's session and its token, beside the owner. */
async function start() {
  const server = await startWithOwner()
  const { base, founded } = server
  const actor = operator(founded.organizationId)
  const member = await addMember(base, actor, null, { email: 'dev@acme.test', role: 'developer' })
  const origin: Origin = {
    requestId: newRequestId(),
    address: '127.0.0.1',
    userAgent: 'latch/0.1.0',
    forwarded: false,
    cookie: name => (name === 'session' ? server.owner.cookie('session') : undefined),
  }
  const start = { organizationId: founded.organizationId, personId: member.id, actor, origin }
  const sid = await startAgentSession(base, { ...start, method: 'device', grantId: 'grant-1' })
  const claims = () => ({
    sub: member.id,
    sid,
    gid: 'grant-1',
    org: founded.organizationId,
    exp: Math.floor(base.now() / 1000) + 900,
  })
  const ask = (headers: Record<string, string>, from = origin) =>
    authenticate(base, () => issuer, new Request(server.url, { headers }), from)
  const bearer = (text: string) => ask({ authorization: `Bearer ${text}` })
  return { server, base, actor, member, sid, claims, ask, bearer, origin }
}

const invalid = { code: 'invalid_token', status: 401 }

describe('an access token', () => {
  test('is the member with the role they have now, by the session', async () => {
    const { base, actor, member, sid, claims, bearer } = await start()
    expect(await bearer(token(claims()))).toMatchObject({
      person: { id: member.id, email: 'dev@acme.test' },
      organization: { name: 'Acme' },
      role: 'developer',
      means: { kind: 'agent' },
      by: sid,
      session: { id: sid, kind: 'agent', settingUp: false },
    })
    await changeRole(base, actor, 'owner', member.id, 'claude_code_user')
    expect(await bearer(token(claims()))).toMatchObject({ role: 'claude_code_user' })
  })

  test('of a session that ended is refused at once', async () => {
    const { base, actor, sid, claims, bearer } = await start()
    await endSession(base, actor, sid, 'test')
    await expect(bearer(token(claims()))).rejects.toMatchObject(invalid)
  })

  test('of somebody who left, or whose role no longer connects agents, is refused at once', async () => {
    const one = await start()
    await removeMember(one.base, one.actor, 'owner', one.member.id)
    await expect(one.bearer(token(one.claims()))).rejects.toMatchObject(invalid)
    const two = await start()
    await changeRole(two.base, two.actor, 'owner', two.member.id, 'billing')
    await expect(two.bearer(token(two.claims()))).rejects.toMatchObject(invalid)
  })

  test.each([
    ['of another person', { sub: 'user_other' }],
    ['of another organisation', { org: 'other' }],
    ['of another grant', { gid: 'grant-2' }],
    ['of no session', { sid: 'session_none' }],
    ['that has ended', { exp: 1 }],
    ['of another issuer', { iss: 'https://evil.test' }],
    ['for another audience', { aud: 'https://evil.test' }],
  ])('%s is refused', async (_what, wrong) => {
    const { claims, bearer } = await start()
    await expect(bearer(token({ ...claims(), ...wrong }))).rejects.toMatchObject(invalid)
  })

  test('signed by another key is refused', async () => {
    const { claims, bearer } = await start()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    await expect(bearer(token(claims(), other))).rejects.toMatchObject(invalid)
  })
})

describe('a key', () => {
  test("is its owner with the role they have now, in either header, and never more than the key's kind", async () => {
    const { base, actor, member, ask, bearer } = await start()
    const given = { personId: member.id, name: 'ci', kind: 'coding_agent' as const, lifetimeSeconds: null }
    const { row, secret } = await createKey(base, actor, null, given)
    const caller = {
      person: { id: member.id },
      role: 'developer',
      means: { kind: 'key', keyKind: 'coding_agent' },
      by: row.id,
      session: null,
    }
    expect(await bearer(secret)).toMatchObject(caller)
    expect(await ask({ 'x-api-key': secret })).toMatchObject(caller)
    await changeRole(base, actor, 'owner', member.id, 'user')
    expect(await bearer(secret)).toMatchObject({ role: 'user' })
  })

  test.each(['inactive', 'archived'] as const)('that is %s is refused', async status => {
    const { base, actor, member, bearer } = await start()
    const given = { personId: member.id, name: 'ci', kind: 'api' as const, lifetimeSeconds: null }
    const { row, secret } = await createKey(base, actor, null, given)
    await changeKey(base, actor, row.id, { status })
    await expect(bearer(secret)).rejects.toMatchObject(invalid)
  })

  test('that is over, unknown, or of somebody who left is refused', async () => {
    const { base, actor, member, bearer } = await start()
    const given = { personId: member.id, name: 'ci', kind: 'api' as const }
    const short = await createKey(base, actor, null, { ...given, lifetimeSeconds: 60 })
    const long = await createKey(base, actor, null, { ...given, lifetimeSeconds: null })
    base.advance(60_000)
    await expect(bearer(short.secret)).rejects.toMatchObject(invalid)
    await removeMember(base, actor, 'owner', member.id)
    await expect(bearer(long.secret)).rejects.toMatchObject(invalid)
  })

  test('is noted as used at most once a minute', async () => {
    const { base, actor, member, bearer } = await start()
    const given = { personId: member.id, name: 'ci', kind: 'api' as const, lifetimeSeconds: null }
    const { row, secret } = await createKey(base, actor, null, given)
    const usedAt = async () =>
      (
        await base.database
          .handle()
          .selectFrom('keys')
          .select('last_used_at')
          .where('id', '=', row.id)
          .executeTakeFirst()
      )?.last_used_at
    await bearer(secret)
    const first = await usedAt()
    expect(first).toBe(base.now())
    base.advance(59_999)
    await bearer(secret)
    expect(await usedAt()).toBe(first)
    base.advance(1)
    await bearer(secret)
    expect(await usedAt()).toBe(base.now())
  })
})

describe('a cookie', () => {
  test('is the browser of a member; a dead one is nobody', async () => {
    const { server, ask, origin } = await start()
    expect(await ask({})).toMatchObject({ person: { email: 'ada@acme.test' }, means: { kind: 'web' } })
    expect(await ask({}, { ...origin, cookie: () => 'x'.repeat(43) })).toBeNull()
    expect(await ask({}, { ...origin, cookie: () => undefined })).toBeNull()
    server.base.advance(30 * 24 * 3600 * 1000)
    expect(await ask({})).toBeNull()
  })

  test('never makes up for a key or token that is no good', async () => {
    const { ask } = await start()
    await expect(ask({ 'x-api-key': `lsk_${'a'.repeat(49)}` })).rejects.toMatchObject(invalid)
    await expect(ask({ authorization: 'Bearer a.b.c' })).rejects.toMatchObject(invalid)
    await expect(ask({ authorization: 'Basic YTpi' })).rejects.toMatchObject(invalid)
  })

  test('is noted as used at most once a minute', async () => {
    const { base, ask } = await start()
    const caller = await ask({})
    const usedAt = async () =>
      (
        await base.database
          .handle()
          .selectFrom('sessions')
          .select('last_used_at')
          .where('id', '=', caller?.by ?? '')
          .executeTakeFirst()
      )?.last_used_at
    const first = await usedAt()
    base.advance(59_999)
    await ask({})
    expect(await usedAt()).toBe(first)
    base.advance(1)
    await ask({})
    expect(await usedAt()).toBe(base.now())
  })
})

test('two empty headers are a helper that failed: 402, so that an agent says it at once', async () => {
  const { ask } = await start()
  await expect(ask({ 'x-api-key': '', authorization: 'Bearer ' })).rejects.toMatchObject({
    code: 'sign_in_needed_by_helper',
    status: 402,
  })
})

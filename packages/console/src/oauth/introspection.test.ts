import type { KeyKind } from '@latchstring/protocol/codes/key-kinds'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { operator } from '../audit/service.ts'
import { changeKey, createKey } from '../keys/service.ts'
import { addMember, removeMember } from '../members/service.ts'
import { createOrganization } from '../organizations/service.ts'
import type { OauthWorld } from './testing/world.ts'
import { makeOauthWorld } from './testing/world.ts'

let world: OauthWorld
let adminKey: string
beforeEach(async () => {
  world = await makeOauthWorld()
  adminKey = (await keyOf(organizationId(), 'admin')).secret
})
afterEach(() => world.close())

const organizationId = () => world.ada.caller.organization.id
const keyOf = async (organization: string, kind: KeyKind) => {
  const email = `${kind}-${organization}@acme.test`
  const owner = await addMember(world.base, operator(organization), null, { email, role: 'owner' })
  const given = { personId: owner.id, name: 'Introspection', kind, lifetimeSeconds: null }
  return await createKey(world.base, operator(organization), null, given)
}
const ask = (token: string, headers: Record<string, string> = { 'x-api-key': adminKey }) =>
  world.post('/oauth/introspect', { token }, headers)
const inactive = { status: 200, body: { active: false } }

it('describes an access token and a refresh token of ours', async () => {
  const tokens = await world.device()
  const claims = world.claims(tokens.access_token)
  const common = {
    active: true,
    scope: 'agent',
    client_id: 'coding-agent',
    username: 'ada@acme.test',
    sub: world.ada.caller.person.id,
    iss: world.url,
    aud: world.url,
    sid: claims?.sid,
    org: organizationId(),
  }
  const access = await ask(tokens.access_token)
  expect(access.headers.get('cache-control')).toBe('no-store')
  expect(access.body).toEqual({
    ...common,
    token_type: 'Bearer',
    jti: claims?.jti,
    exp: claims?.exp,
    iat: claims?.iat,
  })
  const refresh = await ask(tokens.refresh_token, { authorization: `Bearer ${adminKey}` })
  expect(refresh.body).toEqual({ ...common, exp: expect.any(Number), iat: expect.any(Number) })
})

it('what has ended is inactive at once: the session, the member, the token, its use', async () => {
  const first = await world.device()
  await world.post('/oauth/revoke', { token: first.refresh_token })
  for (const token of [first.access_token, first.refresh_token])
    expect(await ask(token)).toMatchObject(inactive)
  const second = await world.device()
  await world.refresh(second.refresh_token)
  expect(await ask(second.refresh_token)).toMatchObject(inactive)
  expect((await ask(second.access_token)).body).toMatchObject({ active: true })
  world.advance(901)
  expect(await ask(second.access_token)).toMatchObject(inactive)
  const third = await world.device()
  await removeMember(world.base, operator(organizationId()), 'owner', world.ada.caller.person.id)
  for (const token of [third.access_token, third.refresh_token])
    expect(await ask(token)).toMatchObject(inactive)
})

it('A9 a token of another organisation answers like one that nobody knows', async () => {
  const tokens = await world.device()
  const other = await createOrganization(world.base, 'Other')
  const foreign = { 'x-api-key': (await keyOf(other.id, 'admin')).secret }
  const unknown = await ask('a-token-that-nobody-knows', foreign)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    const { status, body, text } = await ask(token, foreign)
    expect([status, body, text]).toEqual([200, { active: false }, unknown.text])
  }
  expect((await ask(tokens.access_token)).body).toMatchObject({ active: true })
})

it('A9 answers nobody without a live admin key', async () => {
  const tokens = await world.device()
  const { secret, row } = await keyOf(organizationId(), 'api')
  const ended = await createKey(world.base, operator(organizationId()), null, {
    personId: row.person_id,
    name: 'Ended',
    kind: 'admin',
    lifetimeSeconds: null,
  })
  await changeKey(world.base, operator(organizationId()), ended.row.id, { status: 'inactive' })
  const attempts: Record<string, string>[] = [
    {},
    { 'x-api-key': secret },
    { 'x-api-key': ended.secret },
    { authorization: `Bearer ${tokens.access_token}` },
    { authorization: `Bearer ${'x'.repeat(40)}` },
    { authorization: 'Basic YTpi' },
  ]
  for (const headers of attempts) {
    const { status, body, headers: answered } = await ask(tokens.access_token, headers)
    expect([headers, status, body['error']]).toEqual([headers, 401, 'invalid_client'])
    expect(answered.get('www-authenticate')).toMatch(/^Bearer/)
  }
  expect(await world.post('/oauth/introspect', {}, { 'x-api-key': adminKey })).toMatchObject({
    status: 400,
    body: { error: 'invalid_request' },
  })
})

it('the discovery document names it, and the published keys may be kept for five minutes', async () => {
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
    const { body } = await world.ask(path)
    expect(body).toMatchObject({
      introspection_endpoint: `${world.url}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      authorization_response_iss_parameter_supported: true,
    })
  }
  const jwks = await world.ask('/oauth/jwks')
  expect([jwks.status, jwks.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
})

it('no ID token is given out: the one scope there is asks for none', async () => {
  const reply = await world.device('latch')
  expect(Object.keys(reply)).not.toContain('id_token')
})

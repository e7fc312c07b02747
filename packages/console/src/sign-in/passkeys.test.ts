import { afterEach, describe, expect, test } from 'vitest'
import { operator } from '../audit/service.ts'
import { freshMs } from '../base/caller.ts'
import { addMember, removeMember } from '../members/service.ts'
import { makeSignInLink } from './links.ts'
import type { Wrong } from './testing/authenticator.ts'
import { makeAuthenticator } from './testing/authenticator.ts'
import type { Answer, Browser, TestConsole } from './testing/console.ts'
import { auditOf, startWithOwner, tokenOf } from './testing/console.ts'

const open: TestConsole[] = []

async function start(...given: Parameters<typeof startWithOwner>) {
  const server = await startWithOwner(...given)
  open.push(server)
  return server
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const passkeys = '/v1/sign_in/passkeys'
const current = '/v1/organizations/sessions/current'
const refused = [400, 'passkey_refused']
const code = (answer: Answer) => [answer.status, answer.body?.error?.code]

type Authenticator = ReturnType<typeof makeAuthenticator>

/** Adds a passkey to the account that a browser is signed in to. */
async function add(browser: Browser, authenticator: Authenticator, wrong: Wrong = {}, name = 'Laptop') {
  const begun = await browser.post(`${passkeys}/add/begin`)
  expect(begun.status).toBe(200)
  const response = authenticator.make(begun.body.options, wrong)
  return await browser.post(`${passkeys}/add`, { ceremony_id: begun.body.ceremony_id, response, name })
}

/** Signs a browser in by passkey. */
async function use(browser: Browser, authenticator: Authenticator, wrong: Wrong = {}, more: object = {}) {
  const begun = await browser.post(`${passkeys}/begin`)
  expect(begun.status).toBe(200)
  const response = authenticator.use(begun.body.options, wrong)
  return await browser.post(`${passkeys}/use`, { ceremony_id: begun.body.ceremony_id, response, ...more })
}

async function withPasskey() {
  const server = await start()
  const authenticator = makeAuthenticator(server.url)
  const added = await add(server.owner, authenticator)
  expect(added.status).toBe(201)
  return { server, authenticator, added: added.body }
}

/** A second member, signed in in a browser of their own. */
async function second(server: Awaited<ReturnType<typeof start>>) {
  const actor = operator(server.founded.organizationId)
  const member = await addMember(server.base, actor, null, { email: 'eve@acme.test', role: 'user' })
  const browser = server.browser()
  const link = await makeSignInLink(server.base, member.email)
  await browser.post('/v1/sign_in/links/spend', { token: tokenOf(link) })
  return { member, browser, actor }
}

const isNobody = async (browser: Browser) => expect((await browser.get(current)).status).toBe(401)

describe('a passkey', () => {
  test('is asked for as kept by the authenticator and used with verification', async () => {
    const server = await start()
    const { body } = await server.owner.post(`${passkeys}/add/begin`)
    expect(body.options).toMatchObject({
      rp: { id: 'localhost', name: 'Acme' },
      user: { name: 'ada@acme.test' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    const begun = await server.browser().post(`${passkeys}/begin`)
    expect(begun.body.options).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
    expect(begun.body.options.allowCredentials).toBeUndefined()
  })

  test('signs in and leads where the page wanted', async () => {
    const { server, authenticator, added } = await withPasskey()
    expect(added).toMatchObject({ type: 'passkey', name: 'Laptop', last_used_at: null })
    const browser = server.browser()
    const used = await use(browser, authenticator, {}, { return_to: '/keys' })
    expect(used.body).toEqual({ type: 'session_started', return_to: '/keys' })
    expect((await browser.get(current)).body).toMatchObject({
      session: { kind: 'web', fresh: true },
      user: { email: 'ada@acme.test' },
    })
    const list = await browser.get(passkeys)
    expect(list.body.data).toMatchObject([{ id: added.id, last_used_at: expect.any(String) }])
    const events = (await auditOf(server.base)).map(line => line.event)
    expect(events.slice(-2)).toEqual(['sign_in.passkey_added', 'sessions.started'])
    const [row] = await server.base.database.handle().selectFrom('passkeys').selectAll().execute()
    expect(row?.transports).toBe('["internal"]')
  })

  test('W5 leads to no other site', async () => {
    const { server, authenticator } = await withPasskey()
    for (const path of ['//evil.test', '/\\evil.test', 'https://evil.test', '/\t/evil.test']) {
      const used = await use(server.browser(), authenticator, {}, { return_to: path })
      expect(used.body.return_to).toBe('/')
    }
  })

  test('whose authenticator counts nothing works again and again', async () => {
    const { server, authenticator } = await withPasskey()
    await server.base.database.transaction(handle =>
      handle.updateTable('passkeys').set({ counter: 0 }).execute(),
    )
    expect((await use(server.browser(), authenticator, { counter: 0 })).status).toBe(200)
    expect((await use(server.browser(), authenticator, { counter: 0 })).status).toBe(200)
  })
})

describe('W7 a passkey is refused', () => {
  test.each<[string, Wrong]>([
    ['of another origin', { origin: 'https://evil.test' }],
    ['of another port', { origin: 'http://localhost:1' }],
    ['of another relying party', { rpId: 'evil.test' }],
    ['without user verification', { userVerified: false }],
    ['with another challenge', { challenge: 'c2VjcmV0' }],
    ['of the other ceremony', { type: 'webauthn.create' }],
    ['without a user handle', { userHandle: null }],
    ['with the handle of another person', { userHandle: Buffer.from('user_other').toString('base64url') }],
    ['with an unknown credential', { credentialId: 'dW5rbm93bg' }],
    ['with a counter that went back', { counter: 1 }],
  ])('%s', async (_what, wrong) => {
    const { server, authenticator } = await withPasskey()
    expect((await use(server.browser(), authenticator)).status).toBe(200)
    const browser = server.browser()
    expect(code(await use(browser, authenticator, wrong))).toEqual(refused)
    await isNobody(browser)
    expect((await use(browser, authenticator, { counter: 9 })).status).toBe(200)
  })

  test.each<[string, Wrong]>([
    ['of another origin', { origin: 'https://evil.test' }],
    ['of another relying party', { rpId: 'evil.test' }],
    ['without user verification', { userVerified: false }],
    ['with another challenge', { challenge: 'c2VjcmV0' }],
    ['of the other ceremony', { type: 'webauthn.get' }],
  ])('when it is made %s', async (_what, wrong) => {
    const server = await start()
    expect(code(await add(server.owner, makeAuthenticator(server.url), wrong))).toEqual(refused)
    expect((await server.owner.get(passkeys)).body.data).toEqual([])
  })

  test('when its challenge was used before, also by an answer that failed', async () => {
    const { server, authenticator } = await withPasskey()
    const browser = server.browser()
    const begun = await browser.post(`${passkeys}/begin`)
    const { ceremony_id, options } = begun.body
    const answer = (wrong: Wrong) => ({ ceremony_id, response: authenticator.use(options, wrong) })
    const good = answer({ counter: 5 })
    expect((await browser.post(`${passkeys}/use`, good)).status).toBe(200)
    expect(code(await server.browser().post(`${passkeys}/use`, good))).toEqual(refused)
    expect(code(await server.browser().post(`${passkeys}/use`, answer({ counter: 6 })))).toEqual(refused)

    const other = (await browser.post(`${passkeys}/begin`)).body
    const bad = authenticator.use(other.options, { userVerified: false, counter: 7 })
    const retried = authenticator.use(other.options, { counter: 8 })
    for (const response of [bad, retried]) {
      const used = await server
        .browser()
        .post(`${passkeys}/use`, { ceremony_id: other.ceremony_id, response })
      expect(code(used)).toEqual(refused)
    }
  })

  test('when its challenge is used several times at once, but for one', async () => {
    const { server, authenticator } = await withPasskey()
    const { ceremony_id, options } = (await server.browser().post(`${passkeys}/begin`)).body
    const body = { ceremony_id, response: authenticator.use(options) }
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => server.browser().post(`${passkeys}/use`, body)),
    )
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 400, 400, 400])
  })

  test('when its challenge is older than five minutes', async () => {
    const { server, authenticator } = await withPasskey()
    const { ceremony_id, options } = (await server.browser().post(`${passkeys}/begin`)).body
    server.base.advance(5 * 60 * 1000)
    const body = { ceremony_id, response: authenticator.use(options) }
    expect(code(await server.browser().post(`${passkeys}/use`, body))).toEqual(refused)
  })

  test('when a challenge to add answers a sign-in', async () => {
    const { server, authenticator } = await withPasskey()
    const { ceremony_id, options } = (await server.owner.post(`${passkeys}/add/begin`)).body
    const response = authenticator.use({ challenge: options.challenge, rpId: 'localhost' })
    expect(code(await server.browser().post(`${passkeys}/use`, { ceremony_id, response }))).toEqual(refused)
  })

  test('when another key signs for the credential', async () => {
    const { server, authenticator } = await withPasskey()
    const eve = await second(server)
    const hers = makeAuthenticator(server.url)
    expect((await add(eve.browser, hers)).status).toBe(201)
    const browser = server.browser()
    const { body } = await browser.post(`${passkeys}/begin`)
    const theirs = authenticator.use(body.options)
    const response = hers.use(body.options, {
      credentialId: authenticator.id,
      userHandle: theirs.response.userHandle ?? '',
      counter: 50,
    })
    const used = await browser.post(`${passkeys}/use`, { ceremony_id: body.ceremony_id, response })
    expect(code(used)).toEqual(refused)
    await isNobody(browser)
  })

  test('when it answers the ceremony of somebody else, or is known already', async () => {
    const { server, authenticator } = await withPasskey()
    const eve = await second(server)
    const { ceremony_id, options } = (await server.owner.post(`${passkeys}/add/begin`)).body
    const response = makeAuthenticator(server.url).make(options)
    const taken = await eve.browser.post(`${passkeys}/add`, { ceremony_id, response, name: 'Mine' })
    expect(code(taken)).toEqual(refused)
    expect(code(await add(eve.browser, authenticator))).toEqual(refused)
    expect((await eve.browser.get(passkeys)).body.data).toEqual([])
    const ada = (await server.owner.get(current)).body.user.id
    const userHandle = Buffer.from(ada).toString('base64url')
    expect((await use(server.browser(), authenticator, { userHandle })).status).toBe(200)
  })

  test('when its owner is no longer a member', async () => {
    const server = await start()
    const eve = await second(server)
    const authenticator = makeAuthenticator(server.url)
    await add(eve.browser, authenticator)
    await removeMember(server.base, eve.actor, 'owner', eve.member.id)
    expect(code(await use(server.browser(), authenticator))).toEqual(refused)
  })

  test.each([
    {},
    { response: null },
    { response: { clientDataJSON: 7, attestationObject: {} } },
    { response: { clientDataJSON: 'e30', authenticatorData: '', signature: '' } },
    { response: { clientDataJSON: '!', authenticatorData: 'AA', signature: 'AA', userHandle: ['x'] } },
  ])('when its answer is %j', async broken => {
    const { server, authenticator } = await withPasskey()
    const begun = (await server.browser().post(`${passkeys}/begin`)).body
    const response = { id: authenticator.id, rawId: authenticator.id, type: 'public-key', ...broken }
    const body = { ceremony_id: begun.ceremony_id, response }
    expect(code(await server.browser().post(`${passkeys}/use`, body))).toEqual(refused)
    const adding = (await server.owner.post(`${passkeys}/add/begin`)).body
    const made = { ceremony_id: adding.ceremony_id, response, name: 'Broken' }
    expect(code(await server.owner.post(`${passkeys}/add`, made))).toEqual(refused)
  })
})

describe('a passkey used in a browser that is signed in', () => {
  test('W1 makes the session fresh under a new cookie; the old cookie is dead', async () => {
    const { server, authenticator } = await withPasskey()
    const before = (await server.owner.get(current)).body.session
    server.base.advance(freshMs)
    expect(code(await server.owner.post(`${passkeys}/add/begin`))).toEqual([403, 'fresh_sign_in_needed'])
    const old = server.owner.cookie('session') ?? ''
    expect((await use(server.owner, authenticator)).status).toBe(200)
    const after = (await server.owner.get(current)).body.session
    expect(after).toMatchObject({ id: before.id, fresh: true, expires_at: before.expires_at })
    expect(server.owner.cookie('session')).not.toBe(old)
    const stale = server.browser()
    stale.jar.set(`latchstring_session_${new URL(server.url).port}`, old)
    await isNobody(stale)
    expect((await auditOf(server.base)).at(-1)).toMatchObject({ event: 'sessions.confirmed' })
  })

  test('as somebody else starts a new session and ends the old one', async () => {
    const { server, authenticator } = await withPasskey()
    const eve = await second(server)
    const before = (await eve.browser.get(current)).body.session.id
    await use(eve.browser, authenticator)
    const after = (await eve.browser.get(current)).body
    expect(after.user.email).toBe('ada@acme.test')
    expect(after.session.id).not.toBe(before)
    const row = await server.base.database
      .handle()
      .selectFrom('sessions')
      .select('ended_at')
      .where('id', '=', before)
      .executeTakeFirstOrThrow()
    expect(row.ended_at).not.toBeNull()
  })

  test('does not move the end of the session', async () => {
    const { server, authenticator } = await withPasskey()
    server.base.advance(10 * 24 * 3600 * 1000)
    const { cookies } = await use(server.owner, authenticator)
    expect(cookies[0]).toContain(`Max-Age=${20 * 24 * 3600};`)
  })
})

describe('removing passkeys', () => {
  test('W7 the last one stays while the server sends no mail', async () => {
    const { server, added } = await withPasskey()
    const remove = (id: string) => server.owner.send({ method: 'DELETE', path: `${passkeys}/${id}` })
    expect(code(await remove(added.id))).toEqual([409, 'last_passkey'])
    const other = (await add(server.owner, makeAuthenticator(server.url), {}, 'Phone')).body
    expect((await remove(added.id)).body).toEqual({ id: added.id, type: 'passkey_deleted' })
    expect(code(await remove(other.id))).toEqual([409, 'last_passkey'])
    expect((await auditOf(server.base)).at(-1)).toMatchObject({
      event: 'sign_in.passkey_removed',
      target_id: added.id,
    })
  })

  test('W7 of the last two removed at once, one stays', async () => {
    const { server, added } = await withPasskey()
    const other = (await add(server.owner, makeAuthenticator(server.url))).body
    const done = await Promise.all(
      [added.id, other.id].map(id => server.owner.send({ method: 'DELETE', path: `${passkeys}/${id}` })),
    )
    expect(done.map(answer => answer.status).sort()).toEqual([200, 409])
  })

  test('the last one may go where mail goes out', async () => {
    const { server, added } = await withPasskey()
    server.base.mailer.kind = 'smtp'
    const removed = await server.owner.send({ method: 'DELETE', path: `${passkeys}/${added.id}` })
    expect(removed.status).toBe(200)
  })

  test('a removed one signs nobody in', async () => {
    const { server, authenticator, added } = await withPasskey()
    await add(server.owner, makeAuthenticator(server.url))
    await server.owner.send({ method: 'DELETE', path: `${passkeys}/${added.id}` })
    expect(code(await use(server.browser(), authenticator))).toEqual(refused)
  })

  test("somebody else's is not there, for list and removal alike", async () => {
    const { server, added } = await withPasskey()
    const eve = await second(server)
    expect((await eve.browser.get(passkeys)).body.data).toEqual([])
    for (const id of [added.id, 'passkey_none']) {
      const removed = await eve.browser.send({ method: 'DELETE', path: `${passkeys}/${id}` })
      expect(code(removed)).toEqual([404, 'not_found'])
    }
    expect((await server.owner.get(passkeys)).body.data).toHaveLength(1)
  })

  test('takes a fresh sign-in in a browser, never a key', async () => {
    const { server, added } = await withPasskey()
    server.base.advance(freshMs)
    const path = `${passkeys}/${added.id}`
    expect(code(await server.owner.send({ method: 'DELETE', path }))).toEqual([403, 'fresh_sign_in_needed'])
    const headers = { 'x-api-key': server.founded.adminApiKey }
    expect(code(await server.send({ method: 'DELETE', path, headers }))).toEqual([403, 'permission_denied'])
  })
})

test('W8 beginning a sign-in by passkey is limited for each address', async () => {
  const server = await start()
  const browser = server.browser()
  for (let i = 0; i < 60; i++) expect((await browser.post(`${passkeys}/begin`)).status).toBe(200)
  expect(code(await browser.post(`${passkeys}/begin`))).toEqual([429, 'rate_limited'])
  server.base.advance(1000)
  expect((await browser.post(`${passkeys}/begin`)).status).toBe(200)
})

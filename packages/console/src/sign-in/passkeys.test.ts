import { describe, expect, test } from 'vitest'
import { freshMs } from '../base/caller.ts'
import { makeAuthenticator } from './testing/authenticator.ts'
import { auditOf, code, startWithOwner } from './testing/console.ts'
import { add, current, isNobody, passkeys, refused, second, use, withPasskey } from './testing/passkeys.ts'

describe('a passkey', () => {
  test('is asked for as kept by the authenticator and used with verification', async () => {
    const server = await startWithOwner()
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
  const server = await startWithOwner()
  const browser = server.browser()
  for (let i = 0; i < 60; i++) expect((await browser.post(`${passkeys}/begin`)).status).toBe(200)
  expect(code(await browser.post(`${passkeys}/begin`))).toEqual([429, 'rate_limited'])
  server.base.advance(1000)
  expect((await browser.post(`${passkeys}/begin`)).status).toBe(200)
})

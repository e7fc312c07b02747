import { describe, expect, test } from 'vitest'
import { removeMember } from '../members/service.ts'
import type { Wrong } from './testing/authenticator.ts'
import { makeAuthenticator } from './testing/authenticator.ts'
import { code, startWithOwner } from './testing/console.ts'
import { add, current, isNobody, passkeys, refused, second, use, withPasskey } from './testing/passkeys.ts'

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
    const server = await startWithOwner()
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

  test('when a copy of it answers another challenge at the same time with the same count', async () => {
    const { server, authenticator } = await withPasskey()
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => use(server.browser(), authenticator, { counter: 7 })),
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
    const server = await startWithOwner()
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

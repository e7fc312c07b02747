import { newRequestId } from '@latchstring/kit/request-id'
import { describe, expect, test } from 'vitest'
import type { Origin } from '../base/caller.ts'
import { initialize, makeSetupLink, setup } from './setup.ts'
import { makeAuthenticator } from './testing/authenticator.ts'
import type { Browser, TestConsole } from './testing/console.ts'
import { auditOf, startConsole, tokenOf } from './testing/console.ts'

const owner = { organization_name: 'Acme', email: 'Ada@Acme.test', name: 'Ada' }
async function setupToken(server: TestConsole): Promise<string> {
  const link = await makeSetupLink(server.base)
  expect(link).toMatch(new RegExp(`^${server.url}/setup#token=[A-Za-z0-9_-]{43}$`))
  return tokenOf(link ?? '')
}

const organizations = (server: TestConsole) =>
  server.base.database.handle().selectFrom('organizations').selectAll().execute()

async function setUpWithPasskey(server: TestConsole, browser: Browser, token: string) {
  const authenticator = makeAuthenticator(server.url)
  const begun = await browser.post('/v1/sign_in/setup/begin', { token, ...owner })
  expect(begun.status).toBe(200)
  const passkey = {
    ceremony_id: begun.body.ceremony_id,
    response: authenticator.make(begun.body.options),
  }
  return { authenticator, done: await browser.post('/v1/sign_in/setup', { token, ...owner, passkey }) }
}

describe('the set-up link', () => {
  test('creates the organisation, its owner and the sandbox, and signs the owner in by a new passkey', async () => {
    const server = await startConsole()
    const browser = server.browser()
    const before = await browser.get('/v1/sign_in')
    expect(before.body).toMatchObject({ set_up: false, signed_in: false, mail: 'outbox' })
    const { done } = await setUpWithPasskey(server, browser, await setupToken(server))
    expect(done.status).toBe(201)
    expect(done.body).toEqual({ type: 'set_up', next: 'signed_in' })

    const current = await browser.get('/v1/organizations/sessions/current')
    expect(current.body).toMatchObject({
      session: { kind: 'web', fresh: true, setting_up: false },
      user: { email: 'ada@acme.test', name: 'Ada', role: 'owner' },
      organization: { name: 'Acme' },
    })
    expect((await browser.get('/v1/sign_in')).body).toMatchObject({ set_up: true, signed_in: true })
    const handle = server.base.database.handle()
    expect(await handle.selectFrom('providers').select(['kind', 'name']).execute()).toEqual([
      { kind: 'sandbox', name: 'Sandbox' },
    ])
    expect((await auditOf(server.base)).map(line => line.event)).toEqual([
      'organizations.created',
      'members.added',
      'providers.created',
      'sign_in.passkey_added',
      'sessions.started',
    ])
    expect(await makeSetupLink(server.base)).toBeNull()
  })

  test('without a passkey mails a link and opens nothing but the outbox until it is used', async () => {
    const server = await startConsole()
    const browser = server.browser()
    const token = await setupToken(server)
    const done = await browser.post('/v1/sign_in/setup', { token, ...owner })
    expect(done.body).toEqual({ type: 'set_up', next: 'mail_sent' })
    const mail = await server.mail()
    expect(mail).toMatchObject({ to: 'ada@acme.test', subject: 'Sign in to Acme' })

    const state = await browser.get('/v1/sign_in')
    expect(state.body).toMatchObject({ set_up: true, signed_in: false, outbox_readable: true })
    const current = await browser.get('/v1/organizations/sessions/current')
    expect(current.body).toMatchObject({ session: { setting_up: true, fresh: false }, permissions: [] })
    expect((await browser.get('/v1/organizations/me')).body.error.code).toBe('not_signed_in')
    expect((await browser.get('/v1/organizations/api_keys')).status).toBe(401)
    const outbox = await browser.get('/v1/sign_in/outbox')
    expect(outbox.body.data).toMatchObject([{ to: 'ada@acme.test', text: mail.text }])

    const waiting = browser.cookie('session')
    const spent = await browser.post('/v1/sign_in/links/spend', {
      token: tokenOf(outbox.body.data[0].text),
    })
    expect(spent.body).toEqual({ type: 'session_started', return_to: '/' })
    expect(browser.cookie('session')).not.toBe(waiting)
    expect((await browser.get('/v1/organizations/me')).body).toMatchObject({ name: 'Acme' })
    expect((await browser.get('/v1/sign_in/outbox')).status).toBe(404)
    const live = await server.base.database
      .handle()
      .selectFrom('sessions')
      .select('setting_up')
      .where('ended_at', 'is', null)
      .execute()
    expect(live).toEqual([{ setting_up: 0 }])
  })

  test('that is wrong or used already is refused, and nothing is created', async () => {
    const server = await startConsole()
    const token = await setupToken(server)
    const wrong = { token: 'w'.repeat(43), ...owner }
    for (const path of ['/v1/sign_in/setup', '/v1/sign_in/setup/begin']) {
      const answer = await server.browser().post(path, wrong)
      expect([answer.status, answer.body.error.code]).toEqual([410, 'setup_link_spent'])
    }
    expect(await organizations(server)).toEqual([])
    expect((await server.browser().post('/v1/sign_in/setup', { token, ...owner })).status).toBe(201)
    const again = await server.browser().post('/v1/sign_in/setup', { token, ...owner })
    expect([again.status, again.body.error.code]).toEqual([410, 'setup_link_spent'])
    expect(await organizations(server)).toHaveLength(1)
  })

  test('used twice at once makes one organisation', async () => {
    const server = await startConsole()
    const token = await setupToken(server)
    const origin = (i: number): Origin => ({
      requestId: newRequestId(),
      address: `127.0.0.${i}`,
      userAgent: '',
      forwarded: false,
      cookie: () => undefined,
    })
    const tries = [1, 2, 3, 4].map(i => setup(server.base, { token, ...owner }, origin(i), null))
    const done = await Promise.allSettled(tries)
    expect(done.filter(one => one.status === 'fulfilled')).toHaveLength(1)
    for (const one of done) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'setup_link_spent' })
    }
    expect(await organizations(server)).toHaveLength(1)
    const handle = server.base.database.handle()
    expect(await handle.selectFrom('members').selectAll().execute()).toHaveLength(1)
    expect(await handle.selectFrom('providers').selectAll().execute()).toHaveLength(1)
  })

  test('made anew replaces the one before', async () => {
    const server = await startConsole()
    const first = await setupToken(server)
    const second = await setupToken(server)
    const old = await server.browser().post('/v1/sign_in/setup', { token: first, ...owner })
    expect(old.body.error.code).toBe('setup_link_spent')
    expect((await server.browser().post('/v1/sign_in/setup', { token: second, ...owner })).status).toBe(201)
  })

  test('stays good when the passkey is refused or a field is wrong', async () => {
    const server = await startConsole()
    const token = await setupToken(server)
    const browser = server.browser()
    const begun = await browser.post('/v1/sign_in/setup/begin', { token, ...owner })
    const passkey = {
      ceremony_id: begun.body.ceremony_id,
      response: makeAuthenticator(server.url).make(begun.body.options, { userVerified: false }),
    }
    const refused = await browser.post('/v1/sign_in/setup', { token, ...owner, passkey })
    expect([refused.status, refused.body.error.code]).toEqual([400, 'passkey_refused'])
    const invalid = await browser.post('/v1/sign_in/setup', { token, ...owner, email: 'not an address' })
    expect(invalid.body.error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^email:/),
    })
    expect(await organizations(server)).toEqual([])
    expect((await setUpWithPasskey(server, browser, token)).done.status).toBe(201)
  })

  test('has no end of its own while nobody has set the server up', async () => {
    const server = await startConsole()
    const token = await setupToken(server)
    server.base.advance(400 * 24 * 3600 * 1000)
    expect((await server.browser().post('/v1/sign_in/setup', { token, ...owner })).status).toBe(201)
  })
})

describe('the outbox', () => {
  async function waitingOwner(settings: Parameters<typeof startConsole>[0] = {}) {
    const server = await startConsole(settings)
    const browser = server.browser()
    const link = (await makeSetupLink(server.base)) ?? ''
    await browser.post('/v1/sign_in/setup', { token: tokenOf(link), ...owner })
    return { server, browser }
  }

  test('is shown to nobody but the session that set the server up', async () => {
    const { server, browser } = await waitingOwner()
    expect((await browser.get('/v1/sign_in/outbox')).status).toBe(200)
    const other = await server.browser().get('/v1/sign_in/outbox')
    expect([other.status, other.body.error.code]).toEqual([404, 'not_found'])
  })

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-host'])(
    'W8 is not shown when a proxy says %s',
    async header => {
      const { browser } = await waitingOwner()
      expect((await browser.get('/v1/sign_in/outbox', { [header]: '127.0.0.1' })).status).toBe(404)
      const state = await browser.get('/v1/sign_in', { [header]: '127.0.0.1' })
      expect(state.body.outbox_readable).toBe(false)
    },
  )

  test('is not shown where the public address is not loopback', async () => {
    const { browser } = await waitingOwner({ settings: { loopback: false } })
    expect((await browser.get('/v1/sign_in/outbox')).status).toBe(404)
  })

  test('shows the owner their own mail only', async () => {
    const { server, browser } = await waitingOwner()
    await server.mail()
    await server.base.mailer.send({ to: 'eve@acme.test', subject: 'Other', text: 'secret' })
    const { body } = await browser.get('/v1/sign_in/outbox')
    expect(body.data.map((mail: { to: string }) => mail.to)).toEqual(['ada@acme.test'])
  })
})

describe('set-up without a browser', () => {
  test('gives an organisation, a working admin key and a sign-in link for any browser', async () => {
    const server = await startConsole()
    const made = await initialize(server.base, { organization: 'Acme', email: 'Ada@Acme.test' })
    const me = await server.send({
      method: 'GET',
      path: '/v1/organizations/me',
      headers: { 'x-api-key': made.adminApiKey },
    })
    expect(me.body).toEqual({ id: made.organizationId, name: 'Acme', type: 'organization' })
    const browser = server.browser()
    const spent = await browser.post('/v1/sign_in/links/spend', { token: tokenOf(made.signInLink) })
    expect(spent.status).toBe(200)
    expect((await browser.get('/v1/organizations/sessions/current')).body.user).toMatchObject({
      email: 'ada@acme.test',
      role: 'owner',
    })
    expect((await auditOf(server.base)).map(line => [line.event, line.actor_type])).toEqual([
      ['organizations.created', 'operator'],
      ['members.added', 'operator'],
      ['providers.created', 'operator'],
      ['keys.created', 'operator'],
      ['sign_in.link_made', 'operator'],
      ['sessions.started', 'user'],
    ])
  })

  test('is refused on a server that is set up, and closes an open set-up link', async () => {
    const server = await startConsole()
    const token = await setupToken(server)
    await initialize(server.base, { organization: 'Acme', email: 'ada@acme.test' })
    const again = initialize(server.base, { organization: 'Other', email: 'eve@acme.test' })
    await expect(again).rejects.toMatchObject({ code: 'setup_done' })
    const answer = await server.browser().post('/v1/sign_in/setup', { token, ...owner })
    expect([answer.status, answer.body.error.code]).toEqual([409, 'setup_done'])
    expect(await organizations(server)).toHaveLength(1)
  })

  test('twice at once makes one organisation', async () => {
    const server = await startConsole()
    const given = { organization: 'Acme', email: 'ada@acme.test' }
    const done = await Promise.allSettled([initialize(server.base, given), initialize(server.base, given)])
    expect(done.map(one => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await organizations(server)).toHaveLength(1)
  })

  test.each([
    [{ organization: 'Acme', email: 'ada@acme.test\r\nBcc: eve@evil.test' }, /^owner:/],
    [{ organization: ' ', email: 'ada@acme.test' }, /^organization:/],
  ])('refuses %j and changes nothing', async (given, message) => {
    const server = await startConsole()
    await expect(initialize(server.base, given)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(message),
    })
    expect(await organizations(server)).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { operator } from '../audit/service.ts'
import { addMember, removeMember } from '../members/service.ts'
import { cleanSignIn } from './jobs.ts'
import { linkSeconds, makeSignInLink } from './links.ts'
import { auditOf, code, startWithOwner, tokenOf } from './testing/console.ts'
import { ada, ask, asked, links, spend } from './testing/links.ts'

describe('an e-mail link', () => {
  test('signs in the browser that asked for it and says when it ends', async () => {
    const server = await startWithOwner()
    const { browser, mail, token } = await asked(server, { ...ada, return_to: '/keys?page=2' })
    expect(mail.subject).toBe('Sign in to Acme')
    expect(mail.text).toContain(`${server.url}/sign-in#token=${token}`)
    const ends = new Date(server.base.now() + linkSeconds * 1000).toISOString().slice(11, 16)
    expect(mail.text).toContain(`${ends} UTC`)
    expect(mail.text).toContain('If you did not ask for it')
    const spent = await browser.post(spend, { token })
    expect(spent.body).toEqual({ type: 'session_started', return_to: '/keys?page=2' })
    expect((await browser.get('/v1/organizations/sessions/current')).body).toMatchObject({
      session: { kind: 'web', fresh: true },
      user: ada,
    })
    const lines = await auditOf(server.base)
    expect(lines.slice(-2).map(line => [line.event, line.actor_type, line.address])).toEqual([
      ['sign_in.link_sent', 'system', '127.0.0.1'],
      ['sessions.started', 'user', '127.0.0.1'],
    ])
  })

  test('W4 works once, and of several at once one gets in', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const tries = Array.from({ length: 4 }, () =>
      server.send({
        method: 'POST',
        path: spend,
        json: { token },
        headers: { cookie, origin: server.url },
      }),
    )
    const answers = await Promise.all(tries)
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 410, 410, 410])
    expect(code(await browser.post(spend, { token }))).toEqual([410, 'sign_in_link_spent'])
  })

  test('W4 ends after 15 minutes', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    server.base.advance(linkSeconds * 1000)
    expect(code(await browser.post(spend, { token }))).toEqual([410, 'sign_in_link_spent'])
  })

  test('W4 is refused in another browser and stays good in its own', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    const other = await asked(server)
    for (const stranger of [server.browser(), other.browser]) {
      expect(code(await stranger.post(spend, { token }))).toEqual([409, 'sign_in_link_elsewhere'])
      expect(stranger.cookie('session')).toBeUndefined()
    }
    expect((await browser.post(spend, { token })).status).toBe(200)
  })

  test('W4 asked for twice in one browser, the earlier mail opens too', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    await browser.post(ask, ada)
    await server.mail(1)
    expect((await browser.post(spend, { token })).status).toBe(200)
  })

  test('W4 is not spent by a GET, as a mail scanner or a preview sends it', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    expect(code(await browser.get(spend))).toEqual([405, 'method_not_allowed'])
    expect((await browser.send({ method: 'HEAD', path: spend })).status).toBe(405)
    expect((await browser.post(spend, { token })).status).toBe(200)
  })

  test('W4 names this server by its own address, whatever Host says', async () => {
    const server = await startWithOwner()
    await server.send({ method: 'POST', path: ask, json: ada, headers: { host: 'evil.test' } })
    const { text } = await server.mail()
    expect(text).toContain(`${server.url}/sign-in#token=`)
    expect(text).not.toContain('evil.test')
  })

  test('of somebody who left meanwhile is refused', async () => {
    const server = await startWithOwner()
    const actor = operator(server.founded.organizationId)
    const eve = await addMember(server.base, actor, null, { email: 'eve@acme.test', role: 'user' })
    const { browser, token } = await asked(server, { email: 'eve@acme.test' })
    await removeMember(server.base, actor, 'owner', eve.id)
    expect(code(await browser.post(spend, { token }))).toEqual([410, 'sign_in_link_spent'])
  })

  test.each(['', 'short', 'x'.repeat(44), `${'x'.repeat(42)}!`])(
    'with the secret %j is told from the shape',
    async token => {
      const server = await startWithOwner()
      expect(code(await server.browser().post(spend, { token }))).toEqual([400, 'invalid_request'])
    },
  )

  test('whose mail cannot be handed over is answered as ever; the log says so without the link', async () => {
    const server = await startWithOwner()
    const logged = new Promise<string>(resolve => {
      const { error } = server.base.log
      server.base.log.error = ((...given: Parameters<typeof error>) => {
        error.apply(server.base.log, given)
        resolve(server.base.logged.at(-1) ?? '')
      }) as typeof error
    })
    let text = ''
    server.base.mailer.send = async mail => {
      text = mail.text
      throw new Error('the mail server is away')
    }
    expect((await server.browser().post(ask, ada)).status).toBe(202)
    const line = await logged
    expect(line).toContain('the mail server is away')
    expect(line).not.toContain(tokenOf(text))
  })
})

describe('a link made on the host', () => {
  test('works in any browser, once, for 15 minutes, and stands in the audit', async () => {
    const server = await startWithOwner()
    const link = await makeSignInLink(server.base, 'ADA@acme.test')
    expect((await auditOf(server.base)).at(-1)).toMatchObject({
      event: 'sign_in.link_made',
      actor_type: 'operator',
      target_type: 'member',
    })
    expect((await server.browser().post(spend, { token: tokenOf(link) })).status).toBe(200)
    expect(code(await server.browser().post(spend, { token: tokenOf(link) }))).toEqual([
      410,
      'sign_in_link_spent',
    ])
    const late = await makeSignInLink(server.base, 'ada@acme.test')
    server.base.advance(linkSeconds * 1000)
    expect((await server.browser().post(spend, { token: tokenOf(late) })).status).toBe(410)
  })

  test('for an address that nobody has says so', async () => {
    const server = await startWithOwner()
    await expect(makeSignInLink(server.base, 'nobody@acme.test')).rejects.toMatchObject({
      code: 'not_set_up',
    })
  })
})

test('what has ended is cleaned away, what is live stays', async () => {
  const server = await startWithOwner()
  await asked(server)
  await server.owner.post('/v1/sign_in/passkeys/begin')
  server.base.advance(linkSeconds * 1000)
  const fresh = await asked(server)
  await cleanSignIn(server.base)
  const handle = server.base.database.handle()
  expect(await handle.selectFrom('ceremonies').selectAll().execute()).toEqual([])
  expect((await links(server.base)).filter(row => row.purpose === 'sign-in')).toHaveLength(1)
  expect((await fresh.browser.post(spend, { token: fresh.token })).status).toBe(200)
  server.base.advance(24 * 3600 * 1000)
  await cleanSignIn(server.base)
  expect(await handle.selectFrom('buckets').selectAll().execute()).toEqual([])
})

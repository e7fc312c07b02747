import { newRequestId } from '@latchstring/kit/request-id'
import { describe, expect, test } from 'vitest'
import { operator } from '../audit/service.ts'
import type { Origin } from '../base/caller.ts'
import { hashOf } from '../base/secrets.ts'
import { addMember, removeMember } from '../members/service.ts'
import { sendLink } from './links.ts'
import { auditOf, code, startConsole, startWithOwner, tokenOf } from './testing/console.ts'
import { ada, ask, asked, links, spend } from './testing/links.ts'

const from = (address: string): Origin => ({
  requestId: newRequestId(),
  address,
  userAgent: '',
  forwarded: false,
  cookie: () => undefined,
})

describe('W3 who is a member cannot be learned from asking for a link', () => {
  test('the answer, its headers and what is stored are the same, and no mail goes out', async () => {
    const server = await startWithOwner()
    const known = await server.browser().post(ask, ada)
    await server.mail()
    const unknown = await server.browser().post(ask, { email: 'nobody@acme.test' })
    expect(unknown.status).toBe(known.status)
    expect(unknown.body).toEqual(known.body)
    const bare = (lines: string[]) => lines.map(line => line.replace(/=[A-Za-z0-9_-]{43};/, '=…;'))
    expect(bare(unknown.cookies)).toEqual(bare(known.cookies))
    expect(Object.keys(unknown.headers).sort()).toEqual(Object.keys(known.headers).sort())
    expect((await links(server.base)).filter(row => row.spent_at === null)).toHaveLength(2)
    expect(server.mails).toHaveLength(1)
  })

  test('a link stored for nobody opens nothing', async () => {
    const server = await startWithOwner()
    const browser = server.browser()
    await browser.post(ask, { email: 'nobody@acme.test' })
    // Its secret was thrown away; with a secret of our own in its place it still opens nothing.
    const token = 'n'.repeat(43)
    const hash = hashOf(token)
    await server.base.database.transaction(handle =>
      handle
        .updateTable('links')
        .set({ hash })
        .where('person_id', 'is', null)
        .where('spent_at', 'is', null)
        .execute(),
    )
    expect(code(await browser.post(spend, { token }))).toEqual([410, 'sign_in_link_spent'])
  })

  test('somebody who left is as unknown as somebody who never was', async () => {
    const server = await startWithOwner()
    const actor = operator(server.founded.organizationId)
    const eve = await addMember(server.base, actor, null, { email: 'eve@acme.test', role: 'user' })
    await removeMember(server.base, actor, 'owner', eve.id)
    expect((await server.browser().post(ask, { email: 'eve@acme.test' })).status).toBe(202)
    const rows = await links(server.base)
    expect(rows.filter(row => row.person_id === eve.id)).toEqual([])
  })

  test('the answer does not wait for the mail server', async () => {
    const server = await startWithOwner()
    server.base.mailer.send = () => new Promise(() => {})
    expect((await server.browser().post(ask, ada)).status).toBe(202)
  })

  test('the answer takes as long', async () => {
    const server = await startWithOwner()
    server.base.mailer.send = async () => {}
    const times: Record<string, number[]> = { 'ada@acme.test': [], 'nobody@acme.test': [] }
    for (let round = 0; round < 60; round++) {
      for (const [email, taken] of Object.entries(times)) {
        server.base.advance(60_000)
        const before = performance.now()
        await server.send({ method: 'POST', path: ask, json: { email } })
        taken.push(performance.now() - before)
      }
    }
    const [known = 0, unknown = 0] = Object.values(times).map(
      taken => taken.sort((a, b) => a - b)[taken.length >> 1],
    )
    // Half of the whole answer: enough to see a mail or a missing write, not so little that a busy machine fails.
    expect(Math.abs(known - unknown)).toBeLessThan(Math.max(2, known / 2))
  })
})

describe('W8 how often a link may be asked for', () => {
  const limited = { code: 'rate_limited' }

  test.each(['ada@acme.test', 'nobody@acme.test'])('%s gets five, then one a minute', async email => {
    const server = await startWithOwner()
    for (let i = 0; i < 5; i++) await sendLink(server.base, { email, returnTo: '/' }, from(`10.0.${i}.1`))
    const more = () => sendLink(server.base, { email, returnTo: '/' }, from('10.0.99.1'))
    await expect(more()).rejects.toMatchObject({ ...limited, headers: { 'retry-after': '60' } })
    server.base.advance(60_000)
    await more()
    await expect(more()).rejects.toMatchObject(limited)
  })

  test('an address gets five, whoever it asks for', async () => {
    const server = await startWithOwner()
    const browser = server.browser()
    for (let i = 0; i < 5; i++) {
      expect((await browser.post(ask, { email: `someone-${i}@acme.test` })).status).toBe(202)
    }
    const more = await browser.post(ask, { email: 'someone-6@acme.test' })
    expect(code(more)).toEqual([429, 'rate_limited'])
    expect(more.headers['retry-after']).toBe('60')
  })

  test('a spoofed X-Forwarded-For changes nothing', async () => {
    const server = await startWithOwner()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) {
      const headers = { 'x-forwarded-for': `203.0.113.${i}`, forwarded: `for=203.0.113.${i}` }
      statuses.push((await server.browser().post(ask, { email: `a${i}@acme.test` }, headers)).status)
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429])
  })

  test('one IPv6 /64 counts as one address, the next /64 as another', async () => {
    const server = await startWithOwner()
    const send = (address: string, i: number) =>
      sendLink(server.base, { email: `a${i}@acme.test`, returnTo: '/' }, from(address))
    for (let i = 0; i < 5; i++) await send(`2001:db8:1:1:${i}::${i}`, i)
    await expect(send('2001:db8:1:1:ffff:ffff:ffff:ffff', 6)).rejects.toMatchObject(limited)
    await send('2001:db8:1:2::1', 7)
  })

  test('addresses of people are not kept in the buckets', async () => {
    const server = await startWithOwner()
    await server.browser().post(ask, { email: 'private@elsewhere.test' })
    const rows = await server.base.database.handle().selectFrom('buckets').select('id').execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain('private@elsewhere.test')
  })
})

describe('W1 the session a browser gets', () => {
  test('is a new one: a planted cookie is never adopted', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server)
    const planted = 'p'.repeat(43)
    browser.jar.set(`latchstring_session_${new URL(server.url).port}`, planted)
    await browser.post(spend, { token })
    expect(browser.cookie('session')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(browser.cookie('session')).not.toBe(planted)
  })

  test('replaces the one before, whoever it belonged to, which is dead at once', async () => {
    const server = await startWithOwner()
    const old = server.owner.cookie('session') ?? ''
    const actor = operator(server.founded.organizationId)
    await addMember(server.base, actor, null, { email: 'eve@acme.test', role: 'user' })
    await server.owner.post(ask, { email: 'eve@acme.test' })
    const { text } = await server.mail()
    await server.owner.post(spend, { token: tokenOf(text) })
    const current = '/v1/organizations/sessions/current'
    expect((await server.owner.get(current)).body.user.email).toBe('eve@acme.test')
    const stale = server.browser()
    stale.jar.set(`latchstring_session_${new URL(server.url).port}`, old)
    expect(code(await stale.get(current))).toEqual([401, 'not_signed_in'])
    const ended = (await auditOf(server.base)).find(line => line.event === 'sessions.ended')
    expect(JSON.parse(ended?.details ?? '{}')).toMatchObject({ reason: 'replaced by a new sign-in' })
  })

  test('lies in a cookie that scripts cannot read and other sites cannot send', async () => {
    const server = await startWithOwner()
    const { browser, token, answer } = await asked(server)
    const { cookies } = await browser.post(spend, { token })
    const port = new URL(server.url).port
    const attributes = 'Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax'
    expect(cookies[0]).toMatch(new RegExp(`^latchstring_session_${port}=[A-Za-z0-9_-]{43}; ${attributes}$`))
    expect(cookies[1]).toBe(`latchstring_link_${port}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`)
    expect(answer.cookies[0]).toMatch(/Max-Age=900; HttpOnly; SameSite=Lax$/)
  })

  test('over HTTPS lies in a __Host- cookie', async () => {
    const server = await startConsole({ settings: { url: 'https://latch.acme.test', loopback: false } })
    const { cookies } = await server.send({
      method: 'POST',
      path: ask,
      json: ada,
      headers: { origin: 'https://latch.acme.test' },
    })
    expect(cookies[0]).toMatch(/^__Host-latchstring_link=[^;]+; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/)
  })
})

describe('W5 where a link leads afterwards', () => {
  const evil = [
    'https://evil.test',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '\t//evil.test',
    ' //evil.test',
    '/ /evil.test',
    '/%09/evil.test',
    '/%2f%2fevil.test',
    '/%5cevil.test',
    '/.//evil.test',
    '/..//evil.test',
    'javascript:alert(1)',
    'https:evil.test',
    '@evil.test',
    '/@evil.test',
    `http://localhost@evil.test`,
    '.evil.test',
    'evil.test',
    '/\u2028//evil.test',
    '/ok\r\nlocation: https://evil.test',
  ]

  test.each(evil)('%j stays on this server', async path => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server, { ...ada, return_to: path })
    const { body } = await browser.post(spend, { token })
    expect(body.return_to).toMatch(/^\/(?!\/)/)
    expect(new URL(body.return_to, server.url).origin).toBe(server.url)
    expect(body.return_to).not.toMatch(/[\s\\]/)
  })

  test('a path of ours is kept with its query', async () => {
    const server = await startWithOwner()
    const { browser, token } = await asked(server, { ...ada, return_to: '/device?user_code=ABCD-EFGH' })
    expect((await browser.post(spend, { token })).body.return_to).toBe('/device?user_code=ABCD-EFGH')
  })
})

test('W9 neither links nor cookies stand in the database, its journal or the log', async () => {
  const server = await startWithOwner()
  const { browser, token } = await asked(server)
  const binding = browser.cookie('link') ?? ''
  await browser.post(spend, { token })
  await browser.post(spend, { token })
  const unspent = await asked(server)
  const secrets = [token, binding, browser.cookie('session') ?? '', unspent.token, server.founded.adminApiKey]
  const stored = await server.base.stored()
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThanOrEqual(43)
    expect(stored.includes(secret)).toBe(false)
  }
  expect(stored.includes(hashOf(token))).toBe(true)
  expect(server.base.logged.length).toBeGreaterThan(0)
  for (const secret of secrets) expect(server.base.logged.join('')).not.toContain(secret)
})

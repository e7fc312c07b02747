import { once } from 'node:events'
import { connect } from 'node:net'
import type { Revocation } from '@latchstring/protocol/gateway-contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RawUpstream } from '../../../tests/support/raw-upstream.ts'
import { rawUpstream } from '../../../tests/support/raw-upstream.ts'
import type { Served } from './testing/serve.ts'
import { serve } from './testing/serve.ts'

let served: Served
let upstream: RawUpstream
let now: number

beforeEach(async () => {
  now = Date.now()
  ;[served, upstream] = await Promise.all([serve({ revocationPollMs: 10 }, () => now), rawUpstream()])
})
afterEach(async () => {
  await Promise.all([served.close(), upstream.close()])
})

const body = JSON.stringify({ model: 'sandbox', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })
const status = async (credential: string) => {
  const headers = { authorization: `Bearer ${credential}` }
  const reply = await fetch(`${served.url}/v1/messages`, { method: 'POST', headers, body })
  await reply.text()
  return reply.status
}

/** Each kind of end, with a credential that it ends and one that it does not. */
const ends = (): { kind: string; ended: string; other: string; entry: Revocation }[] => {
  const { console } = served
  const { organizationId, personId } = console
  const key = console.addKey()
  const other = console.token({ sub: 'user_other', org: 'org_other' })
  return [
    { kind: 'key', ended: key.secret, other, entry: { kind: 'key', id: key.principal.keyId ?? '' } },
    { kind: 'session', ended: console.token({ sid: 's1' }), other, entry: { kind: 'session', id: 's1' } },
    {
      kind: 'member',
      ended: console.token(),
      other,
      entry: { kind: 'member', id: `${organizationId}/${personId}` },
    },
    {
      kind: 'organization',
      ended: console.token({ org: 'org_2' }),
      other,
      entry: { kind: 'organization', id: 'org_2' },
    },
  ]
}

it('refuses an ended key, session, member or organization at the very next request', async () => {
  for (const { kind, ended, other, entry } of ends()) {
    expect([kind, await status(ended)]).toEqual([kind, 200])
    served.console.revoke(entry)
    expect([kind, await status(ended)]).toEqual([kind, 401])
    expect([kind, await status(ended)]).toEqual([kind, 401])
    expect([kind, await status(other)]).toEqual([kind, 200])
  }
})

it('refuses a credential that ended before it was ever seen', async () => {
  for (const { kind, ended, entry } of ends()) {
    served.console.revoke(entry)
    expect([kind, await status(ended)]).toEqual([kind, 401])
  }
})

it('cuts an open stream when its credential ends, and no other', async () => {
  served.console.accounts = [served.anthropicAt(upstream.url)]
  upstream.play(
    {
      bytes:
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n6\r\n: hi\n\n\r\n',
    },
    { wait: new Promise(() => {}) },
  )
  const open = async (credential: string) => {
    const text = body.replace('"sandbox"', '"claude-x"')
    const socket = connect(served.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${credential}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    )
    let received = ''
    while (!received.includes(': hi')) received += String((await once(socket, 'data'))[0])
    return socket
  }
  for (const { kind, ended, other, entry } of ends()) {
    const [cut, kept] = [await open(ended), await open(other)]
    const closed = once(cut, 'close')
    served.console.revoke(entry)
    await closed
    expect([kind, kept.destroyed]).toEqual([kind, false])
    expect(served.console.rows.at(-1)).toMatchObject({ outcome: 'client_abort', counted: false })
    kept.destroy()
    await served.console.recorded(served.console.rows.length + 1)
  }
})

it('answers 401 where the credential ends before the reply has begun', async () => {
  served.console.accounts = [served.anthropicAt(upstream.url)]
  upstream.play({ wait: new Promise(() => {}) })
  const headers = { authorization: `Bearer ${served.console.token({ sid: 's9' })}` }
  const reply = fetch(`${served.url}/v1/messages`, {
    method: 'POST',
    headers,
    body: body.replace('sandbox', 'claude-x'),
  })
  await upstream.request(1)
  served.console.revoke({ kind: 'session', id: 's9' })
  expect((await reply).status).toBe(401)
  await upstream.left()
})

it('does not keep a key that ended while the console was answering', async () => {
  const { secret, principal } = served.console.addKey()
  let first = true
  served.console.beforeResolve = async () => {
    if (!first) return
    first = false
    // The answer is made, then the key ends, and another request brings the news before the answer arrives.
    served.console.revoke({ kind: 'key', id: principal.keyId ?? '' })
    await status(served.console.token())
  }
  expect(await status(secret)).toBe(401)
})

it('takes tokens of a member who came back, but none from before', async () => {
  const { console } = served
  const at = Math.floor(now / 1000) * 1000
  const before = console.token({ iat: at / 1000 - 10 })
  console.revoke({ kind: 'member', id: `${console.organizationId}/${console.personId}`, at: at - 5_000 })
  expect([await status(before), await status(console.token({ iat: at / 1000 }))]).toEqual([401, 200])
})

it('looks the keys of a changed member up again and lets their sessions go on', async () => {
  const { console } = served
  const token = console.token()
  const { secret, principal } = console.addKey()
  expect([await status(token), await status(secret)]).toEqual([200, 200])
  console.forgetKey(principal)
  console.revoke({ kind: 'member_changed', id: `${console.organizationId}/${console.personId}` })
  expect([await status(token), await status(secret)]).toEqual([200, 401])
})

it('takes new signing keys and drops the old at once', async () => {
  const old = served.console.token()
  expect(await status(old)).toBe(200)
  served.console.changeSigningKey()
  expect([await status(old), await status(served.console.token())]).toEqual([401, 200])
})

it('lets a token and a key end by themselves', async () => {
  const token = served.console.token()
  const { secret } = served.console.addKey({ expiresAt: now + 1000 })
  expect([await status(token), await status(secret)]).toEqual([200, 200])
  now += 1000
  expect([await status(token), await status(secret)]).toEqual([200, 401])
  now += 900_000
  expect(await status(token)).toBe(401)
})

it('asks the console once for what it may remember', async () => {
  const { secret } = served.console.addKey()
  for (let i = 0; i < 5; i++) await status(secret)
  expect(served.console.asked).toEqual({ resolveKey: 1, policyFor: 1, providerAccounts: 1, tokenIssuer: 0 })
})

it('follows a change of policy and of providers at the next request', async () => {
  const { secret } = served.console.addKey()
  expect(await status(secret)).toBe(200)
  served.console.policy = { availableModels: ['other'] }
  served.console.revoke({ kind: 'policy', id: served.console.organizationId })
  expect(await status(secret)).toBe(400)
  served.console.policy = { availableModels: null }
  served.console.accounts = []
  served.console.revoke(
    { kind: 'policy', id: served.console.organizationId },
    { kind: 'providers', id: served.console.organizationId },
  )
  expect(await status(secret)).toBe(404)
})

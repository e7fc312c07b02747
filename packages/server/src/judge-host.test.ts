import type { IncomingMessage } from 'node:http'
import { Failure } from '@latchstring/protocol'
import { expect, it } from 'vitest'
import { judgeHost } from './judge-host.ts'

const judge = judgeHost({ url: 'https://keys.test', port: 4180 })

type Asked = { host?: string; url?: string; peer?: string; proxied?: boolean; encrypted?: boolean }

function ask({
  host = 'keys.test',
  url = '/v1/models',
  peer = '10.0.0.5',
  ...how
}: Asked): string | undefined {
  const request = {
    method: 'GET',
    url,
    headers: { host },
    rawHeaders: ['Host', host],
    socket: { remoteAddress: peer },
  }
  const client = { address: '203.0.113.9', proxied: false, encrypted: false, ...how }
  const judged = judge(request as unknown as IncomingMessage, client)
  return judged instanceof Failure ? judged.code : judged
}

it('what came encrypted passes under the one name', () => {
  expect(ask({ encrypted: true })).toBeUndefined()
  expect(ask({ encrypted: true, host: 'KEYS.test:443' })).toBeUndefined()
  expect(ask({ encrypted: true, host: 'keys.test:80' })).toBe('misdirected')
})

it('a page asked for without encryption is sent on, a call is refused', () => {
  expect(ask({ url: '/keys?x=1' })).toBe('https://keys.test/keys?x=1')
  expect(ask({ url: 'http://evil.test/' })).toBe('https://keys.test/')
  expect(ask({})).toBe('https_required')
  expect(ask({ proxied: true })).toBe('https_required')
})

it('names of this machine are for programs on it, not for what a proxy passes on', () => {
  expect(ask({ host: '127.0.0.1:4180', peer: '127.0.0.1' })).toBeUndefined()
  expect(ask({ host: 'localhost:4180', peer: '::1', url: '/keys' })).toBe('https://keys.test/keys')
  expect(ask({ host: '127.0.0.1:4180', peer: '127.0.0.1', proxied: true })).toBe('misdirected')
  expect(ask({ host: '127.0.0.1:4180', peer: '203.0.113.9', encrypted: true })).toBe('misdirected')
})

it('health answers under any name, since balancers ask by number', () => {
  for (const url of ['/healthz', '/readyz']) expect(ask({ host: '10.0.0.4:4180', url })).toBeUndefined()
  expect(ask({ url: '/healthz' })).toBeUndefined()
  expect(ask({ host: '10.0.0.4:4180', url: '/openapi.json' })).toBe('misdirected')
})

import { describe, expect, test } from 'vitest'
import { judgeSite } from './cross-site.ts'

const url = 'https://latch.acme.test'
const judge = (method: string, headers: Record<string, string>) =>
  judgeSite(new Request(`${url}/v1`, { method, headers }), url)

describe('W2 a request that changes something', () => {
  test.each<[string, Record<string, string>]>([
    ['of our own pages', { origin: url, 'sec-fetch-site': 'same-origin', cookie: 'a=b' }],
    ['with our origin alone', { origin: url, cookie: 'a=b' }],
    ['of our own pages by Sec-Fetch-Site alone', { 'sec-fetch-site': 'same-origin', cookie: 'a=b' }],
    ['of a program without cookies', { authorization: 'Bearer x' }],
  ])('%s is let through', (_what, headers) => {
    expect(() => judge('POST', headers)).not.toThrow()
  })

  test.each<[string, Record<string, string>]>([
    ['of another site', { origin: 'https://evil.test' }],
    ['of a sub-domain', { origin: 'https://x.latch.acme.test' }],
    ['of the parent domain', { origin: 'https://acme.test' }],
    ['of another port', { origin: `${url}:8443` }],
    ['without encryption', { origin: 'http://latch.acme.test' }],
    ['of a sandboxed frame', { origin: 'null' }],
    ['that says other-site', { 'sec-fetch-site': 'cross-site' }],
    ['that says same-site only', { 'sec-fetch-site': 'same-site' }],
    ['that a person typed in', { 'sec-fetch-site': 'none' }],
    ['with a cookie and no word of its origin', { cookie: 'a=b' }],
    [
      'of another site that names us by Sec-Fetch-Site',
      { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
    ],
    [
      'of our origin that the browser calls cross-site',
      { origin: url, 'sec-fetch-site': 'cross-site', cookie: 'a=b' },
    ],
  ])('%s is refused', (_what, headers) => {
    for (const method of ['POST', 'DELETE', 'PUT', 'PATCH']) {
      expect(() => judge(method, headers)).toThrow(expect.objectContaining({ code: 'cross_site' }))
    }
  })
})

test('reading is let through from anywhere: nothing but GET and HEAD reads, and neither changes anything', () => {
  for (const method of ['GET', 'HEAD']) {
    expect(() => judge(method, { origin: 'https://evil.test', cookie: 'a=b' })).not.toThrow()
  }
})

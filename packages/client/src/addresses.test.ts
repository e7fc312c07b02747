import { expect, test } from 'vitest'
import { isLoopbackHost, readAddress } from './addresses.ts'
import type { LatchError } from './errors.ts'

test.each([
  ['https://latch.example.com', 'https://latch.example.com'],
  ['https://latch.example.com/', 'https://latch.example.com'],
  [' latch.example.com ', 'https://latch.example.com'],
  ['latch.example.com:8443', 'https://latch.example.com:8443'],
  ['http://localhost:4180', 'http://localhost:4180'],
  ['localhost:4180', 'http://localhost:4180'],
  ['127.0.0.1:4180', 'http://127.0.0.1:4180'],
  ['[::1]:4180', 'http://[::1]:4180'],
  ['https://example.com/latch/', 'https://example.com/latch'],
  ['https://latch.example.com/?a=b#c', 'https://latch.example.com'],
])('%s is read as %s', (typed, address) => {
  expect(readAddress(typed)).toBe(address)
})

test.each([
  'http://latch.example.com',
  'http://10.0.0.1',
  'ftp://localhost',
  'file:///etc/passwd',
  '',
  'https://',
  'https://a:b@c.d',
])('%j is refused with exit code 2', typed => {
  expect(() => readAddress(typed)).toThrow(
    expect.objectContaining({ code: 'address_refused', exit: 2 }) as LatchError,
  )
})

test('only names of this machine itself count as loopback', () => {
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
    expect(isLoopbackHost(host)).toBe(true)
  for (const host of ['localhost.evil.test', '127.0.0.1.evil.test', '10.0.0.1', '[::2]', ''])
    expect(isLoopbackHost(host)).toBe(false)
})

import { expect, test } from 'vitest'
import { readPastedCode } from './pasted-code.ts'

test.each([
  ['abc.xyz', { code: 'abc', state: 'xyz', redirectUri: null }],
  ['  abc.xyz\n', { code: 'abc', state: 'xyz', redirectUri: null }],
  ['a.b.xyz', { code: 'a.b', state: 'xyz', redirectUri: null }],
  [
    'https://a.test/paste?code=abc&state=xyz&iss=x',
    { code: 'abc', state: 'xyz', redirectUri: 'https://a.test/paste' },
  ],
  [
    'http://127.0.0.1:4711/callback?state=xyz&code=abc',
    { code: 'abc', state: 'xyz', redirectUri: 'http://127.0.0.1:4711/callback' },
  ],
])('%j is read', (pasted, code) => {
  expect(readPastedCode(pasted)).toEqual(code)
})

test.each(['', 'abc', '.xyz', 'abc.', 'two words.xyz', 'https://a.test/paste?code=abc', 'https://'])(
  '%j is no code',
  pasted => {
    expect(readPastedCode(pasted)).toBeUndefined()
  },
)

import { describe, expect, test } from 'vitest'
import { cookieReader, cookieWriter } from './cookies.ts'

const local = 'http://localhost:4180'
const secure = 'https://latch.acme.test'

describe('a cookie', () => {
  test('is written for this host only, out of reach of scripts and other sites', () => {
    const writer = cookieWriter(local)
    writer.setCookie('session', 'secret', 60)
    writer.clearCookie('link')
    expect(writer.written).toEqual([
      'latchstring_session_4180=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
      'latchstring_link_4180=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    ])
  })

  test('over HTTPS is Secure and bears the __Host- prefix, which allows no Domain', () => {
    const writer = cookieWriter(`${secure}:8443`)
    writer.setCookie('session', 'secret', 60)
    expect(writer.written).toEqual([
      '__Host-latchstring_session=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    ])
  })

  test('is read back by its bare name', () => {
    const read = cookieReader('a=1; latchstring_session_4180=secret; latchstring_link_4180=other', local)
    expect([read('session'), read('link')]).toEqual(['secret', 'other'])
  })

  test.each([
    ['of a server on another port', 'latchstring_session_4181=secret', local],
    ['without the prefix over HTTPS', 'latchstring_session=secret', secure],
    ['whose name only ends alike', 'x__Host-latchstring_session=secret', secure],
    ['in other letters', '__host-latchstring_session=secret', secure],
    ['without a value', 'latchstring_session_4180', local],
    ['in an empty header', '', local],
  ])('%s is not ours', (_what, header, url) => {
    expect(cookieReader(header, url)('session')).toBeUndefined()
  })

  test('is not there without a header', () => {
    expect(cookieReader(undefined, local)('session')).toBeUndefined()
  })
})

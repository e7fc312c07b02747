import { describe, expect, test } from 'vitest'
import { readLinkSecrets } from './link-secrets.ts'
import { safeReturnTo, signInAddress } from './return-to.ts'
import { changed, readQuery, writeQuery } from './url-state.ts'

describe('url state', () => {
  test('keeps text that looks like a number as text', () => {
    expect(readQuery('?q=0012&on=true')).toEqual({ q: '0012', on: 'true' })
  })

  test('comes back the same from an address it wrote', () => {
    const state = { q: 'a b&c=d', status: 'active' }
    expect(readQuery(writeQuery(state))).toEqual(state)
  })

  test('writes nothing for what says nothing', () => {
    expect(writeQuery({ q: '', status: undefined })).toBe('')
  })

  test('a filter starts paging again', () => {
    expect(changed({ event: 'keys.created', after_id: 'x' }, { event: 'keys.archived' })).toEqual({
      event: 'keys.archived',
    })
  })

  test('paging keeps the filter and goes one way only', () => {
    expect(changed({ event: 'keys.created', before_id: 'x' }, { after_id: 'y' })).toEqual({
      event: 'keys.created',
      after_id: 'y',
    })
  })
})

describe('return to', () => {
  test.each(['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)', '/a\nb', ''])(
    'never leaves this console: %j',
    path => {
      expect(safeReturnTo(path)).toBe('/')
    },
  )

  test('brings the whole address back, its query too', () => {
    const address = signInAddress({ pathname: '/device', search: '?user_code=WDJB-MJHT' })
    expect(readQuery(new URL(address, 'http://localhost').search)['return_to']).toBe(
      '/device?user_code=WDJB-MJHT',
    )
  })
})

describe('link secrets', () => {
  test('come out of the fragment and leave an address without it', () => {
    expect(
      readLinkSecrets({ pathname: '/sign-in', search: '?return_to=%2Fkeys', hash: '#token=abc' }),
    ).toEqual({
      secrets: { token: 'abc' },
      rest: '/sign-in?return_to=%2Fkeys',
    })
  })

  test('a token in the query is not a secret of ours', () => {
    expect(readLinkSecrets({ pathname: '/sign-in', search: '?token=abc', hash: '' })).toBeUndefined()
  })

  test('the paste page takes code and state out of its query', () => {
    expect(readLinkSecrets({ pathname: '/paste', search: '?code=c&state=s&iss=x', hash: '' })).toEqual({
      secrets: { code: 'c', state: 's' },
      rest: '/paste',
    })
  })
})

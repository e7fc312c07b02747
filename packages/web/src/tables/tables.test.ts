import { describe, expect, test } from 'vitest'
import { matches } from './matches.ts'
import { neighbours } from './Paging.tsx'

describe('search', () => {
  test('finds every word, anywhere, in any case', () => {
    expect(matches('ADA lap', ['Laptop', 'ada@acme.test'])).toBe(true)
    expect(matches('ada desk', ['Laptop', 'ada@acme.test'])).toBe(false)
  })

  test('an empty search finds everything', () => {
    expect(matches(' ', ['Laptop', null])).toBe(true)
  })
})

describe('paging', () => {
  const page = { has_more: true, first_id: 'a', last_id: 'z' }

  test('the first page has only older lines after it', () => {
    expect(neighbours(page, {})).toEqual({ newer: false, older: true })
    expect(neighbours({ ...page, has_more: false }, {})).toEqual({ newer: false, older: false })
  })

  test('a page that was reached by going back has the one it came from after it', () => {
    expect(neighbours({ ...page, has_more: false }, { before_id: 'z' })).toEqual({
      newer: false,
      older: true,
    })
  })

  test('the last page has newer lines before it', () => {
    expect(neighbours({ ...page, has_more: false }, { after_id: 'a' })).toEqual({ newer: true, older: false })
  })
})

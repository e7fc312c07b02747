import { expect, it } from 'vitest'
import { newId } from './ids.ts'

it('makes identifiers that sort in the order they were made, even thousands within one millisecond', () => {
  const ids = Array.from({ length: 5000 }, () => newId('key'))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(5000)
  expect(ids[0]).toMatch(/^apikey_[0-9a-z]{24}$/)
})

it('goes on in order when the clock steps back', () => {
  const now = Date.now() + 60_000
  const ids = [
    newId('session', now),
    newId('session', now - 5000),
    newId('session', now - 9000),
    newId('session', now + 1),
  ]
  expect([...ids].sort()).toEqual(ids)
})

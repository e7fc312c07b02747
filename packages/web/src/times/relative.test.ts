import { describe, expect, test } from 'vitest'
import { dayName, duration, exactUtc, relative } from './relative.ts'

const now = Date.parse('2026-02-01T21:03:00.000Z')
const minute = 60_000

describe('relative', () => {
  test.each([
    [0, 'just now'],
    [-9_000, 'just now'],
    [-45_000, '45 s ago'],
    [-minute, '1 min ago'],
    [-59 * minute, '59 min ago'],
    [-60 * minute, '1 h ago'],
    [-24 * 60 * minute, '1 day ago'],
    [-29 * 24 * 60 * minute, '29 days ago'],
    [-31 * 24 * 60 * minute, '1 Jan 2026'],
    [5_000, 'in a moment'],
    [10 * minute, 'in 10 min'],
    [90 * 24 * 60 * minute, '2 May 2026'],
  ])('%i ms from now is "%s"', (offset, said) => {
    expect(relative(now + offset, now)).toBe(said)
  })
})

test('exact times are in UTC, to the second', () => {
  expect(exactUtc(now)).toBe('2026-02-01 21:03:00 UTC')
})

test('days are named in UTC, wherever the browser is', () => {
  expect(dayName('2026-02-01')).toBe('1 Feb')
})

test.each([
  [412, '412 ms'],
  [2_412, '2.4 s'],
  [65_000, '1 min 5 s'],
])('%i ms lasts "%s"', (milliseconds, said) => {
  expect(duration(milliseconds)).toBe(said)
})

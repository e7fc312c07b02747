import { expect, test } from 'vitest'
import { commands } from './commands.ts'
import { nearest } from './nearest.ts'
import { fromNow, utc } from './times.ts'

test.each([
  ['tokne', 'token'],
  ['logn', 'login'],
  ['Login', 'login'],
  ['sign-out', undefined],
  ['loguot', 'logout'],
  ['stats', 'status'],
  ['run', undefined],
  ['', undefined],
])('%j is probably %s', (typed, meant) => {
  expect(nearest(typed, Object.keys(commands))).toBe(meant)
})

test('times read as people say them', () => {
  expect(utc(0)).toBe('1970-01-01 00:00:00 UTC')
  const spans = [0, 1_000, 59_000, 60_000, 754_000, 7_200_000, -90_000, 864_000_000].map(span =>
    fromNow(span, 0),
  )
  expect(spans).toEqual([
    'in 0 seconds',
    'in 1 second',
    'in 59 seconds',
    'in 1 minute',
    'in 12 minutes',
    'in 2 hours',
    '1 minute ago',
    'in 10 days',
  ])
})

import { expect, test } from 'vitest'
import { spanOf, within } from './period.ts'

const now = Date.parse('2026-02-01T21:03:00.000Z')

test('the last 24 hours reach from this time yesterday', () => {
  const span = spanOf({ period: '24h' }, now)
  expect(within(span, '2026-01-31T21:03:00.000Z')).toBe(true)
  expect(within(span, '2026-01-31T21:02:59.999Z')).toBe(false)
})

test('a day is the UTC day, from its first to its last millisecond', () => {
  const span = spanOf({ day: '2026-01-31' }, now)
  expect(within(span, '2026-01-31T00:00:00.000Z')).toBe(true)
  expect(within(span, '2026-01-31T23:59:59.999Z')).toBe(true)
  expect(within(span, '2026-02-01T00:00:00.000Z')).toBe(false)
})

test.each<Record<string, string>>([{}, { period: '99d' }, { day: 'yesterday' }, { day: '2026-99-99' }])(
  'an address that names no span shows everything: %j',
  state => {
    expect(spanOf(state, now)).toBeUndefined()
    expect(within(undefined, '2020-01-01T00:00:00.000Z')).toBe(true)
  },
)

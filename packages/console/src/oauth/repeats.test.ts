import { expect, it } from 'vitest'
import { planPoll } from './polls.ts'
import { decideReuse } from './repeats.ts'

const first = { refresh_id_hash: null, expires_at: 30_000, sealed_reply: 'x' }
const reuse = { refreshIdHash: null, first, successorUsed: false, knownBlock: true, stockAgent: true, now: 0 }

it('repeats within the time, refuses a stock agent after it, and ends for everything else', () => {
  expect(decideReuse(reuse)).toBe('repeat')
  expect(decideReuse({ ...reuse, now: 29_999 })).toBe('repeat')
  expect(decideReuse({ ...reuse, now: 30_000 })).toBe('refuse')
  expect(decideReuse({ ...reuse, now: 30_000, stockAgent: false })).toBe('end')
  expect(decideReuse({ ...reuse, first: { ...first, sealed_reply: '' } })).toBe('refuse')
  expect(decideReuse({ ...reuse, first: null })).toBe('end')
  expect(decideReuse({ ...reuse, refreshIdHash: 'a' })).toBe('end')
  const withId = { ...reuse, first: { ...first, refresh_id_hash: 'a' } }
  expect(decideReuse({ ...withId, refreshIdHash: 'a' })).toBe('repeat')
  expect(decideReuse({ ...withId, refreshIdHash: 'b' })).toBe('end')
  expect(decideReuse(withId)).toBe('end')
  expect(decideReuse({ ...withId, refreshIdHash: 'a', now: 30_000 })).toBe('end')
})

it('tells an idle stock agent, many refreshes late, from somebody elsewhere', () => {
  const older = { ...reuse, first: { ...first, sealed_reply: '' }, successorUsed: true }
  expect(decideReuse(older)).toBe('refuse')
  expect(decideReuse({ ...older, now: 30_000 })).toBe('refuse')
  expect(decideReuse({ ...older, knownBlock: false })).toBe('end')
  expect(decideReuse({ ...older, stockAgent: false })).toBe('end')
  expect(decideReuse({ ...older, refreshIdHash: 'a' })).toBe('end')
  expect(decideReuse({ ...older, refreshIdHash: 'a', first: { ...first, refresh_id_hash: 'a' } })).toBe('end')
  expect(decideReuse({ ...older, first: null })).toBe('end')
  // Its immediate predecessor may have moved with the laptop.
  expect(decideReuse({ ...reuse, now: 30_000, knownBlock: false })).toBe('refuse')
})

it('tells a poll that comes too early from one that the network brought a little sooner', () => {
  const row = { polled_at: 0, interval_seconds: 5 }
  expect(planPoll({ polled_at: null, interval_seconds: null }, 0)).toEqual({
    slowDown: false,
    intervalSeconds: 5,
  })
  expect(planPoll(row, 4200)).toEqual({ slowDown: false, intervalSeconds: 5 })
  expect(planPoll(row, 3900)).toEqual({ slowDown: true, intervalSeconds: 10 })
})

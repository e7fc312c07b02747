import { expect, it } from 'vitest'
import { planKeys, publishedMs } from './plan-keys.ts'

const minute = 60_000
const day = 24 * 60 * minute
const key = (kid: string, created_at: number, retired_at: number | null = null) => ({
  kid,
  created_at,
  retired_at,
})

it('the first key signs at once', () => {
  expect(planKeys([key('a', 0)], 0)).toEqual({ published: ['a'], retire: [] })
  expect(planKeys([], 0)).toEqual({ published: [], retire: [] })
})

it('a new key is published at once, signs when every copy of the published set is new, and the old one stays', () => {
  const rows = [key('old', 0), key('new', day)]
  expect(planKeys(rows, day)).toEqual({ published: ['old', 'new'], retire: [] })
  expect(planKeys(rows, day + publishedMs - 1)).toEqual({ published: ['old', 'new'], retire: [] })
  expect(planKeys(rows, day + publishedMs)).toEqual({ published: ['new', 'old'], retire: [] })
})

it('the old key is retired when no token of it can live', () => {
  const rows = [key('old', 0), key('new', day)]
  const over = day + publishedMs + day
  expect(planKeys(rows, over - 1).retire).toEqual([])
  expect(planKeys(rows, over)).toEqual({ published: ['new'], retire: ['old'] })
  expect(planKeys([key('old', 0, over), key('new', day)], over)).toEqual({ published: ['new'], retire: [] })
})

it('of several new ones the newest ready one signs, and none that signed is retired before its tokens ended', () => {
  const rows = [key('a', 0), key('b', day), key('c', day + minute)]
  expect(planKeys(rows, day + publishedMs).published).toEqual(['b', 'c', 'a'])
  expect(planKeys(rows, day + minute + publishedMs)).toEqual({ published: ['c', 'b', 'a'], retire: [] })
  expect(planKeys(rows, day + minute + publishedMs + day).retire).toEqual(['b', 'a'])
})

import { expect, test } from 'vitest'
import { bars, niceTop } from './bars.ts'

const size = { width: 100, height: 50, gap: 2, leastHeight: 1 }

test('the highest round number is as high as the plot', () => {
  expect(bars([10, 5], size)).toEqual([
    { x: 0, y: 0, width: 48, height: 50, value: 10 },
    { x: 50, y: 25, width: 48, height: 25, value: 5 },
  ])
})

test('one among thousands is still seen, and none is not', () => {
  expect(bars([10_000, 1, 0], size).map(bar => bar.height)).toEqual([50, 1, 0])
})

test('no bar leaves the plot', () => {
  for (const bar of bars([3, 7, 11, 999], size)) {
    expect(bar.y).toBeGreaterThanOrEqual(0)
    expect(bar.x + bar.width).toBeLessThanOrEqual(size.width)
  }
})

test('without values there is no bar', () => {
  expect(bars([], size)).toEqual([])
})

test.each([
  [0, 1],
  [1, 1],
  [7, 8],
  [11, 15],
  [22, 30],
  [1000, 1000],
])('%i fits under %i', (value, top) => {
  expect(niceTop(value)).toBe(top)
})

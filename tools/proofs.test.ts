import { expect, test } from 'vitest'
import { withProofs } from './proofs.ts'

const first = withProofs(
  '',
  'gateway',
  [{ what: 'lost rows', figure: 0, limit: 0, held: true }],
  'aaaa',
  '2026-01-01',
)

test('a proof is one row under the head of the page', () => {
  expect(first.split('\n').slice(-4)).toEqual([
    '| area | what | figure | limit | held | commit | date |',
    '|---|---|---|---|---|---|---|',
    '| gateway | lost rows | 0 | 0 | yes | aaaa | 2026-01-01 |',
    '',
  ])
})

test('a new run replaces the rows of its area and leaves the others', () => {
  const both = withProofs(
    first,
    'client',
    [{ what: 'kills', figure: '1 of 1,000', limit: 0, held: false }],
    'bbbb',
    '2026-01-02',
  )
  const again = withProofs(
    both,
    'gateway',
    [{ what: 'a | b', figure: 2, limit: '≤ 3', held: true }],
    'cccc',
    '2026-01-03',
  )
  expect(again.trimEnd().split('\n').slice(-2)).toEqual([
    '| client | kills | 1 of 1,000 | 0 | no | bbbb | 2026-01-02 |',
    '| gateway | a \\| b | 2 | ≤ 3 | yes | cccc | 2026-01-03 |',
  ])
})

test('the same run again changes nothing', () => {
  expect(
    withProofs(
      first,
      'gateway',
      [{ what: 'lost rows', figure: 0, limit: 0, held: true }],
      'aaaa',
      '2026-01-01',
    ),
  ).toBe(first)
})

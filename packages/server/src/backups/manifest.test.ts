import { expect, it } from 'vitest'
import { findDifference, readManifest } from './manifest.ts'

const people = { rows: 2, sha256: 'a' }

it('names the table that differs, whichever side it is missing on', () => {
  const saved = { 'latchstring.sqlite': { people } }
  expect(findDifference(saved, structuredClone(saved))).toBeUndefined()
  expect(findDifference(saved, { 'latchstring.sqlite': { people: { rows: 1, sha256: 'b' } } })).toBe(
    'latchstring.sqlite: people holds 1 rows, not the 2 that were saved',
  )
  expect(findDifference(saved, { 'latchstring.sqlite': {} })).toMatch('people is on one side only')
  expect(findDifference({ 'latchstring.sqlite': {} }, saved)).toMatch('people is on one side only')
  expect(findDifference(saved, {})).toMatch('people is on one side only')
})

it('reads its own form only', () => {
  for (const [text, why] of [
    ['{', 'no JSON'],
    ['null', 'not one of a Latchstring backup'],
    ['{"format":"other"}', 'not one of a Latchstring backup'],
    ['{"format":"latchstring-backup","version":2}', 'form 2'],
    ['{"format":"latchstring-backup","version":1}', 'not whole'],
  ] as const)
    expect(() => readManifest(text)).toThrow(why)
})

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { countsFromTap, lastLine, readCounts, sum, writeCounts } from './counts.ts'

const file = () => path.join(mkdtempSync(path.join(tmpdir(), 'counts-')), 'counts.json')

describe('the last line', () => {
  test('sums every runner', () => {
    const all = sum([
      { passed: 3, failed: 1, skipped: 0 },
      { passed: 2, failed: 0, skipped: 0 },
    ])
    expect(lastLine(all)).toBe('5 passed, 1 failed')
  })

  test('names skipped tests only where there are any', () => {
    expect(lastLine({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped')
  })
})

describe('a runner', () => {
  test('that left no counts is one failure', () => {
    expect(readCounts(file(), 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('that ended badly although nothing failed is one failure', () => {
    const counts = file()
    writeCounts(counts, { passed: 4, failed: 0, skipped: 0 })
    expect(readCounts(counts, 1)).toEqual({ passed: 4, failed: 1, skipped: 0 })
    expect(readCounts(counts, 0)).toEqual({ passed: 4, failed: 0, skipped: 0 })
  })

  test('of Node.js itself is read from its TAP summary, cancelled tests counting as failed', () => {
    const tap = '# tests 6\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n'
    expect(countsFromTap(tap)).toEqual({ passed: 2, failed: 2, skipped: 2 })
    expect(countsFromTap('Segmentation fault')).toBeUndefined()
  })
})

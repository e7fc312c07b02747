import { expect, test } from 'vitest'
import { spellUserCode } from './user-code.ts'

test.each([
  ['wdjb mjht', 'WDJB-MJHT'],
  ['WDJBMJHT', 'WDJB-MJHT'],
  ['WDJB-MJHT', 'WDJB-MJHT'],
  ['wdj', 'WDJ'],
  ['wdjb-', 'WDJB'],
  ['WDJB-MJHT-more', 'WDJB-MJHT'],
])('%j is spelled %j', (typed, spelled) => {
  expect(spellUserCode(typed)).toBe(spelled)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LatchError, latchFailures, plainText, signInNeeded } from './errors.ts'
import { version } from './version.ts'

test.each(Object.entries(latchFailures))(
  '%s is a sentence and says what to do',
  (_code, { sentence, hint }) => {
    expect(sentence).toMatch(/^([a-z]|LATCHSTRING)[^\n]*\.$/)
    expect(hint).toMatch(/^[A-Z][^\n]*$/)
    expect(hint).toMatch(/\b(run|give|check|make|close|bring|correct|ask|sign|copy|nothing was)\b/i)
  },
)

test('signed out reads as one line with the next command, with the address where it is known', () => {
  expect(signInNeeded().message).toBe('not signed in. Run: latch login URL')
  expect(signInNeeded('https://a.test', 'the session has ended').message).toBe(
    'not signed in: the session has ended. Run: latch login https://a.test',
  )
  expect(signInNeeded()).toMatchObject({ exit: 4, code: 'sign_in_needed' })
  expect(new LatchError('busy').exit).toBe(8)
})

test('text from a server cannot steer the terminal', () => {
  expect(plainText('a\u001b[2Jb\nc\u202ed')).toBe('a [2Jb c d')
  expect(plainText('x'.repeat(1000))).toHaveLength(300)
})

test('the version is the one of the package', () => {
  for (const name of ['client', 'cli']) {
    const file = new URL(`../../${name}/package.json`, import.meta.url)
    expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(version)
  }
})

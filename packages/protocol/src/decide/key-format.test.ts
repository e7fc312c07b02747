import { expect, it } from 'vitest'
import { isKey, keyHint, newKey } from './key-format.ts'

it('makes keys that it recognises, each different', () => {
  const keys = Array.from({ length: 200 }, newKey)
  expect(keys.every(isKey)).toBe(true)
  expect(new Set(keys).size).toBe(200)
})

it('refuses a key with any one character changed', () => {
  const key = newKey()
  for (let i = 4; i < key.length; i++) {
    const other = key[i] === 'a' ? 'b' : 'a'
    expect(isKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false)
  }
})

it('refuses what is cut, padded or of another prefix', () => {
  const key = newKey()
  for (const bad of ['', key.slice(0, -1), `${key} `, `${key}\n`, key.replace('lsk_', 'sk-'), 'lsk_']) {
    expect(isKey(bad)).toBe(false)
  }
})

it('hints with the prefix and the last four only', () => {
  const key = newKey()
  expect(keyHint(key)).toHaveLength(13)
  expect(key.includes(keyHint(key).split('…')[1]!)).toBe(true)
})

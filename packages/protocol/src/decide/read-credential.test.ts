import { expect, it } from 'vitest'
import { newKey } from './key-format.ts'
import { readCredential } from './read-credential.ts'

const key = newKey()
const other = newKey()
const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln'

it('takes a key or token from either header', () => {
  expect(readCredential(key, undefined)).toEqual({ kind: 'key', secret: key })
  expect(readCredential(undefined, `Bearer ${key}`)).toEqual({ kind: 'key', secret: key })
  expect(readCredential(undefined, `bearer   ${token}`)).toEqual({ kind: 'token', secret: token })
  expect(readCredential(token, undefined)).toEqual({ kind: 'token', secret: token })
})

it('takes the one of ours where a foreign key stands beside it', () => {
  expect(readCredential('sk-left-over', `Bearer ${token}`)).toEqual({ kind: 'token', secret: token })
  expect(readCredential(key, 'Bearer sk-left-over')).toEqual({ kind: 'key', secret: key })
})

it('prefers Authorization where both are ours', () => {
  expect(readCredential(key, `Bearer ${other}`)).toEqual({ kind: 'key', secret: other })
})

it('tells a failed helper (both empty) from a missing credential', () => {
  expect(readCredential('', 'Bearer ')).toEqual({ kind: 'helper_failed' })
  expect(readCredential('', 'Bearer')).toEqual({ kind: 'helper_failed' })
  expect(readCredential('', undefined)).toEqual({ kind: 'missing' })
  expect(readCredential(undefined, 'Bearer ')).toEqual({ kind: 'missing' })
  expect(readCredential(undefined, undefined)).toEqual({ kind: 'missing' })
})

it('recognises nothing in other schemes, garbage and over-long values', () => {
  for (const bad of ['Basic dTpw', 'Bearer wrong', `Bearer ${'a'.repeat(20_000)}`, 'Bearer a.b', 'token']) {
    expect(readCredential(undefined, bad)).toEqual({ kind: 'unrecognised' })
  }
})

import { createSecretKey, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { deriveKey, EnvelopeError, openEnvelope, seal } from './envelope.ts'
import { open, Secret } from './secret.ts'

const master = createSecretKey(randomBytes(32))
const text = 'sk-test-0123456789abcdefghij'

it('opens what it sealed, for the same purpose and row only', () => {
  const sealed = seal(master, 'provider', 'provider_1', new Secret(text))
  expect(open(openEnvelope(master, 'provider', 'provider_1', sealed))).toBe(text)
  expect(() => openEnvelope(master, 'provider', 'provider_2', sealed)).toThrow(EnvelopeError)
  expect(() => openEnvelope(master, 'signing', 'provider_1', sealed)).toThrow(EnvelopeError)
  expect(() => openEnvelope(createSecretKey(randomBytes(32)), 'provider', 'provider_1', sealed)).toThrow(
    EnvelopeError,
  )
})

it('refuses a sealed value with any one character changed', () => {
  const sealed = seal(master, 'provider', 'p', new Secret(text))
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice(0, i) + (sealed[i] === 'A' ? 'Q' : 'A') + sealed.slice(i + 1)
    if (
      Buffer.from(changed.split('.')[3] ?? '', 'base64url').equals(
        Buffer.from(sealed.split('.')[3]!, 'base64url'),
      ) &&
      changed.split('.').slice(0, 3).join() === sealed.split('.').slice(0, 3).join()
    )
      continue
    expect(() => openEnvelope(master, 'provider', 'p', changed)).toThrow(EnvelopeError)
  }
})

it('seals the same secret differently each time and never shows it', () => {
  const one = seal(master, 'provider', 'p', new Secret(text))
  expect(seal(master, 'provider', 'p', new Secret(text))).not.toBe(one)
  expect(one).not.toContain(text)
})

it('derives the same key for the same purpose only', () => {
  expect(deriveKey(master, 'a').equals(deriveKey(master, 'a'))).toBe(true)
  expect(deriveKey(master, 'a').equals(deriveKey(master, 'b'))).toBe(false)
})

it('prints a secret as prefix and last four, however it is printed', () => {
  const secret = new Secret(text)
  for (const shown of [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: { secret } }),
  ]) {
    expect(shown).toContain('ghij')
    expect(shown).not.toContain('0123456789')
  }
  expect(`${new Secret('short')}`).toBe('…')
})

import type { KeyObject } from 'node:crypto'
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { open, Secret } from './secret.ts'

/**
 * Secrets at rest. Each is encrypted by AES-256-GCM under a key of its own, derived by HKDF-SHA256 (RFC 5869) from the
 * master key, a random salt and the purpose; the associated data bind it to the row that holds it, so that a sealed
 * value moved to another row does not open.
 *
 * Form: `v1.<salt>.<nonce>.<ciphertext and tag>`, each base64url.
 */
const version = 'v1'

export class EnvelopeError extends Error {
  constructor(cause?: unknown) {
    super('the sealed value does not open: wrong master key, moved or damaged', { cause })
    this.name = 'EnvelopeError'
  }
}

/** Derives 32 bytes for one purpose, for example the key of an HMAC that must survive a restart. */
export function deriveKey(master: KeyObject, purpose: string, salt: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', master, salt, `latchstring/${purpose}`, 32))
}

/**
 * @param purpose what kind of secret this is, for example `provider`
 * @param boundTo the row it belongs to, for example the provider's id
 * @example
 * const sealed = seal(master, 'provider', 'provider_1', new Secret('sk-…'))
 * openEnvelope(master, 'provider', 'provider_1', sealed) // the Secret again
 */
export function seal(master: KeyObject, purpose: string, boundTo: string, secret: Secret): string {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(master, purpose, salt), nonce)
  cipher.setAAD(Buffer.from(`${version}/${purpose}/${boundTo}`))
  const sealed = Buffer.concat([cipher.update(open(secret), 'utf8'), cipher.final(), cipher.getAuthTag()])
  return [
    version,
    salt.toString('base64url'),
    nonce.toString('base64url'),
    sealed.toString('base64url'),
  ].join('.')
}

/** @throws EnvelopeError when the value was sealed under another key, for another row, or was changed. */
export function openEnvelope(master: KeyObject, purpose: string, boundTo: string, envelope: string): Secret {
  const [form, salt, nonce, sealed] = envelope.split('.')
  if (form !== version || !salt || !nonce || !sealed) throw new EnvelopeError()
  try {
    const bytes = Buffer.from(sealed, 'base64url')
    const key = deriveKey(master, purpose, Buffer.from(salt, 'base64url'))
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.from(`${version}/${purpose}/${boundTo}`))
    decipher.setAuthTag(bytes.subarray(-16))
    return new Secret(decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8'))
  } catch (cause) {
    throw new EnvelopeError(cause)
  }
}

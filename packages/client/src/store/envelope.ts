import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

/**
 * The form of a vault file: AES-256-GCM under a key that HKDF-SHA-256 (RFC 5869) derives from the store's key and a
 * fresh salt per write, so that no nonce can repeat under one key. Account, version and generation stand in the clear
 * and are bound as additional data: a file renamed to another account, or with its generation altered, does not open.
 */
export type Envelope = {
  version: 1
  account: string
  /** Grows by one with every write. */
  generation: number
  salt: string
  nonce: string
  sealed: string
}

const tagLength = 16

/**
 * Seals text for an account.
 *
 * @param key the store's 32 bytes
 * @param randomBytes where chance comes from
 */
export function seal(
  key: Buffer,
  about: { account: string; generation: number },
  text: string,
  randomBytes: (count: number) => Buffer,
): Envelope {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', derive(key, salt, about.account), nonce)
  cipher.setAAD(bound(about))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    version: 1,
    account: about.account,
    generation: about.generation,
    salt: salt.toString('base64url'),
    nonce: nonce.toString('base64url'),
    sealed: sealed.toString('base64url'),
  }
}

/** Opens an envelope. Undefined where key, account, generation or a single bit is not what was sealed. */
export function open(key: Buffer, account: string, envelope: Envelope): string | undefined {
  try {
    const sealed = Buffer.from(envelope.sealed, 'base64url')
    const body = sealed.subarray(0, -tagLength)
    const derived = derive(key, Buffer.from(envelope.salt, 'base64url'), account)
    const decipher = createDecipheriv('aes-256-gcm', derived, Buffer.from(envelope.nonce, 'base64url'), {
      authTagLength: tagLength,
    })
    decipher.setAAD(bound({ account, generation: envelope.generation }))
    decipher.setAuthTag(sealed.subarray(-tagLength))
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** Reads a vault file's form; undefined where it is torn or is something else. */
export function readEnvelope(content: Buffer): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const { version, account, generation, salt, nonce, sealed } = value as Record<string, unknown>
    if (version !== 1 || typeof account !== 'string' || !Number.isSafeInteger(generation)) return undefined
    if (typeof salt !== 'string' || typeof nonce !== 'string' || typeof sealed !== 'string') return undefined
    return { version, account, generation: generation as number, salt, nonce, sealed }
  } catch {
    return undefined
  }
}

function derive(key: Buffer, salt: Buffer, account: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `latchstring vault v1\0${account}`, 32))
}

function bound({ account, generation }: { account: string; generation: number }): Buffer {
  return Buffer.from(JSON.stringify(['latchstring vault', 1, account, generation]))
}

import type { KeyObject } from 'node:crypto'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** Just enough CBOR (RFC 8949) for a COSE key and an attestation object. */
type Cbor = number | string | Uint8Array | Map<Cbor, Cbor>

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([k, v]) => [cbor(k), cbor(v)])])
}

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url')

function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return cbor(
    new Map<Cbor, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

/** What a test may make go wrong. */
export type Wrong = {
  origin?: string
  rpId?: string
  userVerified?: boolean
  challenge?: string
  type?: string
  userHandle?: string | null
  credentialId?: string
  counter?: number
}

type MakingOptions = { challenge: string; rp: { id: string }; user: { id: string } }
type UsingOptions = { challenge: string; rpId: string }

/** An authenticator with one ES256 key, in software; it asks nobody and verifies everybody (WebAuthn §6). */
export function makeAuthenticator(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(16)
  let userHandle = ''
  let counter = 0

  const clientData = (type: string, challenge: string, wrong: Wrong) =>
    Buffer.from(
      JSON.stringify({
        type: wrong.type ?? type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? origin,
        crossOrigin: false,
      }),
    )

  const authenticatorData = (rpId: string, attested: boolean, wrong: Wrong) => {
    counter = wrong.counter ?? counter + 1
    const flags = 0x01 | (wrong.userVerified === false ? 0 : 0x04) | (attested ? 0x40 : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([
      createHash('sha256')
        .update(wrong.rpId ?? rpId)
        .digest(),
      Buffer.from([flags]),
      count,
      ...(attested
        ? [Buffer.alloc(16), Buffer.from([0, credentialId.length]), credentialId, coseKey(publicKey)]
        : []),
    ])
  }

  return {
    id: base64url(credentialId),
    /** Answers `navigator.credentials.create`. */
    make(options: unknown, wrong: Wrong = {}) {
      const { challenge, rp, user } = options as MakingOptions
      userHandle = user.id
      const authData = authenticatorData(rp.id, true, wrong)
      const attestationObject = cbor(
        new Map<Cbor, Cbor>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      )
      const id = base64url(credentialId)
      return {
        id,
        rawId: id,
        type: 'public-key' as const,
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', challenge, wrong)),
          attestationObject: base64url(attestationObject),
          transports: ['internal', 'made-up'],
        },
      }
    },
    /** Answers `navigator.credentials.get`. */
    use(options: unknown, wrong: Wrong = {}) {
      const { challenge, rpId } = options as UsingOptions
      const client = clientData('webauthn.get', challenge, wrong)
      const data = authenticatorData(rpId, false, wrong)
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      const id = wrong.credentialId ?? base64url(credentialId)
      return {
        id,
        rawId: id,
        type: 'public-key' as const,
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(sign('sha256', signed, privateKey)),
          ...(wrong.userHandle === null ? {} : { userHandle: wrong.userHandle ?? userHandle }),
        },
      }
    },
  }
}

import { randomBytes } from 'node:crypto'
import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  WebAuthnCredential,
} from '@simplewebauthn/server'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Base } from '../base/base.ts'
import { hostOf } from '../base/base.ts'
import type { CeremonyRow, PasskeyRow } from './queries.ts'
import { insertCeremony, takeCeremony } from './queries.ts'

/** What a browser answers; its shape is checked by the library that verifies it. */
export type Answered = { ceremony_id: string; response: object }
export type Options = { ceremony_id: string; options: Record<string, never> }
/** Who gets the passkey. The user handle is the person's id (WebAuthn §5.4.3): it names nobody to others. */
export type For = { personId: string; email: string; name: string; organization: string }

const ceremonyMs = 5 * 60 * 1000
/** COSE algorithms that authenticators offer: EdDSA, ES256, RS256 (WebAuthn §5.8.5). */
const algorithms = [-8, -7, -257]
const transportNames = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

async function begin(
  base: Base,
  row: Pick<CeremonyRow, 'purpose' | 'person_id' | 'user_handle'>,
  options: (challenge: Uint8Array<ArrayBuffer>) => Promise<{ challenge: string }>,
): Promise<Options> {
  const now = base.now()
  const made = await options(new Uint8Array(randomBytes(32)))
  const ceremony = {
    ...row,
    id: newId('ceremony', now),
    challenge: made.challenge,
    expires_at: now + ceremonyMs,
  }
  await base.database.transaction(handle => insertCeremony(handle, ceremony))
  return { ceremony_id: ceremony.id, options: made as unknown as Record<string, never> }
}

/** Begins making a passkey: kept by the authenticator, and used with a PIN or a finger, never by mere touch. */
export const beginMaking = (
  base: Base,
  purpose: 'setup' | 'add',
  { personId, email, name, organization }: For,
  known: readonly PasskeyRow[],
): Promise<Options> =>
  begin(base, { purpose, person_id: purpose === 'add' ? personId : null, user_handle: personId }, challenge =>
    generateRegistrationOptions({
      rpName: organization,
      rpID: hostOf(base.settings),
      userID: new Uint8Array(Buffer.from(personId)),
      userName: email,
      userDisplayName: name,
      challenge,
      timeout: ceremonyMs,
      attestationType: 'none',
      excludeCredentials: known.map(row => ({
        id: row.credential_id,
        transports: JSON.parse(row.transports),
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: algorithms,
    }),
  )

export const beginUsing = (base: Base): Promise<Options> =>
  begin(base, { purpose: 'sign-in', person_id: null, user_handle: null }, challenge =>
    generateAuthenticationOptions({
      rpID: hostOf(base.settings),
      challenge,
      timeout: ceremonyMs,
      userVerification: 'required',
    }),
  )

/**
 * Takes the ceremony that an answer belongs to. It is gone whatever the answer turns out to be, so that a challenge is
 * used once.
 */
async function take(base: Base, id: string, purpose: CeremonyRow['purpose']): Promise<CeremonyRow> {
  const ceremony = await base.database.transaction(handle => takeCeremony(handle, id, purpose))
  if (ceremony === undefined || ceremony.expires_at <= base.now()) throw new Failure('passkey_refused')
  return ceremony
}

const expected = (base: Base, ceremony: CeremonyRow) => ({
  expectedChallenge: ceremony.challenge,
  expectedOrigin: new URL(base.settings.url).origin,
  expectedRPID: hostOf(base.settings),
  requireUserVerification: true,
})

async function verified<T extends { verified: boolean }>(verify: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await verify()
  } catch (cause) {
    throw new Failure('passkey_refused', { cause })
  }
  if (!result.verified) throw new Failure('passkey_refused')
  return result
}

export type NewPasskey = Pick<PasskeyRow, 'credential_id' | 'public_key' | 'counter' | 'transports'>

/**
 * Verifies an answer that makes a passkey (WebAuthn §7.1).
 *
 * @param personId whose ceremony it must be; null at set-up, where the ceremony names the person
 * @throws Failure `passkey_refused`
 */
export async function verifyMaking(
  base: Base,
  purpose: 'setup' | 'add',
  given: Answered,
  personId: string | null,
): Promise<{ personId: string; passkey: NewPasskey }> {
  const ceremony = await take(base, given.ceremony_id, purpose)
  if (ceremony.user_handle === null || ceremony.person_id !== personId) throw new Failure('passkey_refused')
  const { registrationInfo } = await verified(() =>
    verifyRegistrationResponse({
      ...expected(base, ceremony),
      response: given.response as RegistrationResponseJSON,
      supportedAlgorithmIDs: algorithms,
    }),
  )
  if (registrationInfo === undefined) throw new Failure('passkey_refused')
  const { id, publicKey, counter, transports } = registrationInfo.credential
  const named = Array.isArray(transports) ? transports.filter(name => transportNames.has(name)) : []
  return {
    personId: ceremony.user_handle,
    passkey: {
      credential_id: id,
      public_key: Buffer.from(publicKey).toString('base64url'),
      counter,
      transports: JSON.stringify([...new Set(named)]),
    },
  }
}

/**
 * Verifies an answer that uses a passkey (WebAuthn §7.2).
 *
 * @param find the passkey of a credential id, if this server knows it
 * @returns the passkey and the authenticator's counter now
 * @throws Failure `passkey_refused`, the same for an unknown passkey and a wrong signature
 */
export async function verifyUsing(
  base: Base,
  given: Answered,
  find: (credentialId: string) => Promise<PasskeyRow | undefined>,
): Promise<{ passkey: PasskeyRow; counter: number }> {
  const ceremony = await take(base, given.ceremony_id, 'sign-in')
  const response = given.response as AuthenticationResponseJSON
  const passkey = await find(response.id)
  if (passkey === undefined) throw new Failure('passkey_refused')
  const credential: WebAuthnCredential = {
    id: passkey.credential_id,
    publicKey: new Uint8Array(Buffer.from(passkey.public_key, 'base64url')),
    counter: passkey.counter,
  }
  const { authenticationInfo } = await verified(async () => {
    // The authenticator names the account it signs for (§7.2 step 6); it must be the passkey's.
    const handle = response.response.userHandle
    if (
      typeof handle !== 'string' ||
      Buffer.from(handle, 'base64url').toString('utf8') !== passkey.person_id
    ) {
      throw new Error('the user handle is missing or names another person')
    }
    return await verifyAuthenticationResponse({ ...expected(base, ceremony), response, credential })
  })
  return { passkey, counter: authenticationInfo.newCounter }
}

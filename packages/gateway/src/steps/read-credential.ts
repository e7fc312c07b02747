import type { FailureCode } from '@latchstring/protocol'
import { Failure } from '@latchstring/protocol'
import {
  type PresentedCredential,
  readCredential as readHeaders,
} from '@latchstring/protocol/decide/read-credential'
import type { Arrived, Credentialed, Step } from '../exchange.ts'

type Absent = Exclude<PresentedCredential, { secret: string }>['kind']

/**
 * What a request without a usable credential is told. A failing key helper leaves both headers empty: 402 shows our
 * sentence at once, where 401 would run the helper again (recorded). Everything else is a dead credential.
 */
export const denials: Readonly<Record<Absent, FailureCode>> = {
  helper_failed: 'sign_in_needed_by_helper',
  missing: 'credential_missing',
  unrecognised: 'invalid_token',
}

/** Decided from headers alone, before the body is read. */
export const readCredential: Step<Arrived, Credentialed> = ({ request }) => {
  const apiKey = request.headers['x-api-key']
  const credential = readHeaders(
    Array.isArray(apiKey) ? apiKey.join() : apiKey,
    request.headers.authorization,
  )
  if ('secret' in credential) return { credential }
  throw new Failure(denials[credential.kind])
}

import { isKey } from './key-format.ts'

/** What a request says of who sends it. */
export type PresentedCredential =
  | { kind: 'key'; secret: string }
  | { kind: 'token'; secret: string }
  | { kind: 'unrecognised' }
  | { kind: 'missing' }
  /** Both headers came and both are empty: a key helper failed (recorded). */
  | { kind: 'helper_failed' }

const jwtPattern = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const longest = 16_384

function parse(secret: string): PresentedCredential {
  if (secret.length > longest) return { kind: 'unrecognised' }
  if (isKey(secret)) return { kind: 'key', secret }
  if (jwtPattern.test(secret)) return { kind: 'token', secret }
  return { kind: 'unrecognised' }
}

/**
 * Reads `x-api-key` and `Authorization: Bearer`, which recorded agents send singly, both alike, or both with different
 * credentials (a left-over shell variable beside a helper's token). The rule where they differ: the one that has our
 * form counts; where both have, `Authorization` does. Two headers alone are never a reason to refuse.
 *
 * @param apiKey the `x-api-key` header, undefined where it did not come
 * @param authorization the `Authorization` header, undefined where it did not come
 * @example
 * readCredential('', 'Bearer ') // { kind: 'helper_failed' }
 */
export function readCredential(
  apiKey: string | undefined,
  authorization: string | undefined,
): PresentedCredential {
  const key = apiKey?.trim()
  const bearer = authorization === undefined ? undefined : bearerValue(authorization)
  if (key === '' && bearer === '') return { kind: 'helper_failed' }
  const candidates = [bearer, key]
    .filter(text => text !== undefined && text !== '')
    .map(text => parse(text ?? ''))
  if (candidates.length === 0) return { kind: 'missing' }
  return candidates.find(one => one.kind !== 'unrecognised') ?? { kind: 'unrecognised' }
}

/** What stands after `Bearer` (RFC 6750 §2.1), '' where nothing does; another scheme is returned whole. */
function bearerValue(authorization: string): string {
  const text = authorization.trim()
  return /^bearer$/i.test(text) ? '' : text.replace(/^bearer\s+/i, '')
}

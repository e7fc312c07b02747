import type { World } from './world.ts'

/** How a credential is sent: both kinds travel as `Authorization: Bearer`. */
export type CredentialKind = 'token' | 'api_key'

/**
 * What an agent needs for its next request.
 *
 * - `kind`: an access token of a sign-in, or a key
 * - `secret`: the value itself; never log it
 * - `expiresAt`: milliseconds since 1970, UTC; null where it does not end by itself
 * - `source`: the name of the source it came from, as in the chain
 * - `address`: the server it may be sent to; null where nobody said
 */
export type Credential = {
  kind: CredentialKind
  secret: string
  expiresAt: number | null
  source: string
  address: string | null
}

/** What a source answers: a credential, or in words why it has none. */
export type Finding = { found: Credential } | { absent: string }

/**
 * A place a credential can come from. `find` throws a LatchError where there is one that cannot be used: the chain
 * then stops, because falling through to another identity would surprise.
 */
export type Source = {
  /** In words, for `latch explain`. */
  title: string
  find(world: World): Promise<Finding>
}

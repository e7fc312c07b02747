import type { Credential } from './source.ts'
import type { World } from './world.ts'

/** What the server says of a credential. Times are milliseconds since 1970, UTC. */
export type Checked =
  | {
      outcome: 'accepted'
      user: { email: string; name: string; role: string }
      organization: { id: string; name: string }
      session: { id: string; expiresAt: number | null } | null
    }
  | { outcome: 'rejected' }
  | { outcome: 'unchecked'; reason: string }

/**
 * Asks the server whether it accepts a credential, and whose it is. Never throws: without a server the answer is
 * `unchecked`.
 *
 * @example
 * const checked = await checkCredential(world, await findCredential(world))
 */
export async function checkCredential(world: World, credential: Credential): Promise<Checked> {
  if (!credential.address) return { outcome: 'unchecked', reason: 'no address is known; set LATCHSTRING_URL' }
  const { networkReason, userAgent } = await import('./oauth.ts')
  try {
    const response = await world.fetch(`${credential.address}/v1/organizations/sessions/current`, {
      headers: { authorization: `Bearer ${credential.secret}`, 'user-agent': userAgent(world) },
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    if (response.status === 401) return { outcome: 'rejected' }
    if (response.status !== 200)
      return { outcome: 'unchecked', reason: `the server answered ${response.status}` }
    return readSession(await response.json())
  } catch (error) {
    return { outcome: 'unchecked', reason: error instanceof Error ? networkReason(error) : 'no answer' }
  }
}

function readSession(body: unknown): Checked {
  const { user, organization, session } = (body ?? {}) as Record<
    string,
    Record<string, unknown> | null | undefined
  >
  if (!user || !organization)
    return { outcome: 'unchecked', reason: "the server's answer is of another kind" }
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const expiresAt = Date.parse(text(session?.['expires_at']))
  return {
    outcome: 'accepted',
    user: { email: text(user['email']), name: text(user['name']), role: text(user['role']) },
    organization: { id: text(organization['id']), name: text(organization['name']) },
    session: session
      ? { id: text(session['id']), expiresAt: Number.isNaN(expiresAt) ? null : expiresAt }
      : null,
  }
}

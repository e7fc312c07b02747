import type { Role } from '@latchstring/protocol/codes/roles'
import type { Means } from '@latchstring/protocol/decide/authorize'

/** Where a request came from, whoever sent it. */
export type Origin = {
  requestId: string
  /** The client's address: the socket's peer, or whom a named proxy says it passed on. */
  address: string
  userAgent: string
  /** Whether a header says that a proxy stood between. */
  forwarded: boolean
  /** A cookie's value, by its bare name. */
  cookie(name: CookieName): string | undefined
}

/** Who asks, proved. Never comes from a request body. */
export type Caller = {
  organization: { id: string; name: string }
  person: { id: string; email: string; name: string }
  role: Role
  means: Means
  /** The session or key that was used. */
  by: string
  session: CallerSession | null
}

export type CallerSession = {
  id: string
  kind: 'web' | 'agent'
  createdAt: number
  authenticatedAt: number
  expiresAt: number
  settingUp: boolean
}

/** Who reaches for something, for rules that compare roles. */
export const reachOf = ({ organization, person, role }: Caller) => ({
  organizationId: organization.id,
  personId: person.id,
  role,
})

/** How long a sign-in counts as fresh (`access: 'fresh'`). */
export const freshMs = 15 * 60 * 1000

export const isFresh = (session: CallerSession | null, now: number): boolean =>
  session !== null && session.kind === 'web' && !session.settingUp && now - session.authenticatedAt < freshMs

/** `session`: the signed-in browser. `link`: binds a sign-in link to the browser that asked for it. */
export type CookieName = 'session' | 'link'

import { operator } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import { endSession, listLiveSessions } from '../sessions/service.ts'

/** What is bound to the address of this server, counted. */
export type BoundToAddress = {
  /** Passkeys, the people who have one, and those of them who sign in by nothing else but mail. */
  passkeys: number
  people: number
  webSessions: number
  agentSessions: number
}

/** Reads only. */
export async function countBoundToAddress(base: Base): Promise<BoundToAddress> {
  const passkeys = await base.database.handle().selectFrom('passkeys').select('person_id').execute()
  const sessions = await listLiveSessions(base)
  const agentSessions = sessions.filter(one => one.kind === 'agent').length
  return {
    passkeys: passkeys.length,
    people: new Set(passkeys.map(one => one.person_id)).size,
    webSessions: sessions.length - agentSessions,
    agentSessions,
  }
}

/**
 * Ends the sessions of these kinds, each with its audit line; agents' grants go along. Each is a transaction of its own:
 * run again, it ends the rest.
 *
 * @returns how many were ended
 */
export async function endBoundToAddress(base: Base, kinds: readonly ('web' | 'agent')[]): Promise<number> {
  let ended = 0
  for (const { id, kind, organization_id } of await listLiveSessions(base)) {
    if (!kinds.includes(kind)) continue
    if (await endSession(base, operator(organization_id), id, 'address moved')) ended++
  }
  return ended
}

import { Failure } from '@latchstring/protocol'
import { authorize, permissionsOf } from '@latchstring/protocol/decide/authorize'
import { actorOf } from '../audit/service.ts'
import { isFresh, reachOf } from '../base/caller.ts'
import { pageById } from '../base/paging.ts'
import type { Routes } from '../base/routes.ts'
import { mustReach } from '../members/service.ts'
import { selectLive, selectSessions } from './queries.ts'
import { endSession } from './service.ts'

const time = (at: number) => new Date(at).toISOString()

export const sessionRoutes: Routes<'sessions'> = {
  async list({ base, caller, query }) {
    const all = authorize(caller.role, caller.means, 'sessions:read') === undefined
    const filter = {
      organizationId: caller.organization.id,
      personId: all ? query.user_id : caller.person.id,
      now: base.now(),
    }
    const page = await pageById(query, (side, from, limit) =>
      selectSessions(base.database.handle(), filter, side, from, limit),
    )
    return {
      ...page,
      data: page.data.map(row => ({
        id: row.id,
        type: 'session' as const,
        kind: row.kind,
        user: { id: row.person_id, email: row.email, name: row.name },
        user_agent: row.user_agent,
        address: row.address,
        created_at: time(row.created_at),
        last_used_at: time(row.last_used_at),
        expires_at: time(row.expires_at),
        current: row.id === caller.session?.id,
      })),
    }
  },

  async current({ base, caller }) {
    const { session } = caller
    return {
      type: 'session_current',
      session: session && {
        id: session.id,
        kind: session.kind,
        created_at: time(session.createdAt),
        expires_at: time(session.expiresAt),
        fresh: isFresh(session, base.now()),
        setting_up: session.settingUp,
      },
      user: { ...caller.person, role: caller.role },
      organization: caller.organization,
      permissions: session?.settingUp ? [] : permissionsOf(caller.role, caller.means),
    }
  },

  async end({ base, caller, origin, params, reply }) {
    const id = params.session_id === 'current' ? caller.session?.id : params.session_id
    const session = id === undefined ? undefined : await selectLive(base.database.handle(), id, base.now())
    const theirs = session?.person_id === caller.person.id
    const allowed = theirs || authorize(caller.role, caller.means, 'sessions:end') === undefined
    if (session === undefined || session.organization_id !== caller.organization.id || !allowed) {
      throw new Failure('not_found')
    }
    await mustReach(base, reachOf(caller), session.person_id)
    await endSession(
      base,
      actorOf(caller, origin),
      session.id,
      theirs ? 'signed out' : 'ended by an administrator',
    )
    if (session.id === caller.session?.id) reply.clearCookie('session')
    return { id: session.id, type: 'session_ended' }
  },
}

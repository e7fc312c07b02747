import { Failure } from '@latchstring/protocol'
import type { KeyStatus } from '@latchstring/protocol/codes/key-kinds'
import type { Permission } from '@latchstring/protocol/codes/permissions'
import { authorize } from '@latchstring/protocol/decide/authorize'
import { actorOf } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller } from '../base/caller.ts'
import { reachOf } from '../base/caller.ts'
import { pageById } from '../base/paging.ts'
import type { Routes } from '../base/routes.ts'
import { mustReach } from '../members/service.ts'
import type { KeyRow } from './queries.ts'
import { selectKey, selectKeys } from './queries.ts'
import { changeKey, createKey } from './service.ts'

const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())

function show(row: KeyRow, now: number) {
  const expired = row.expires_at !== null && row.expires_at <= now && row.status !== 'archived'
  return {
    id: row.id,
    created_at: new Date(row.created_at).toISOString(),
    expires_at: time(row.expires_at),
    created_by: { id: row.person_id, type: 'user' as const },
    name: row.name,
    partial_key_hint: row.hint,
    principal: { type: 'user_actor' as const, user_id: row.person_id },
    scope: { type: 'organization' as const },
    status: (expired ? 'expired' : row.status) as KeyStatus,
    type: 'api_key' as const,
    workspace_id: null,
    kind: row.kind,
    last_used_at: time(row.last_used_at),
  }
}

const may = (caller: Caller, permission: Permission) =>
  authorize(caller.role, caller.means, permission) === undefined

/** A key of the caller's organisation that is theirs, or that they may see or change as an administrator. */
async function reachable(base: Base, caller: Caller, id: string, everybody: Permission): Promise<KeyRow> {
  const row = await selectKey(base.database.handle(), caller.organization.id, id)
  if (row === undefined || (row.person_id !== caller.person.id && !may(caller, everybody))) {
    throw new Failure('not_found')
  }
  return row
}

export const keyRoutes: Routes<'keys'> = {
  async list({ base, caller, query }) {
    const filter = {
      organizationId: caller.organization.id,
      personId: may(caller, 'keys:read') ? query.created_by_user_id : caller.person.id,
      status: query.status,
      now: base.now(),
    }
    const page = await pageById(query, (side, from, limit) =>
      selectKeys(base.database.handle(), filter, side, from, limit),
    )
    return { ...page, data: page.data.map(row => show(row, base.now())) }
  },

  get: async ({ base, caller, params }) =>
    show(await reachable(base, caller, params.api_key_id, 'keys:read'), base.now()),

  async create({ base, caller, origin, body }) {
    const { row, secret } = await createKey(base, actorOf(caller, origin), caller, {
      personId: caller.person.id,
      name: body.name,
      kind: body.kind,
      lifetimeSeconds: body.expires_in_seconds,
    })
    return { ...show(row, base.now()), secret }
  },

  async change({ base, caller, origin, params, body }) {
    const row = await reachable(base, caller, params.api_key_id, 'keys:write')
    await mustReach(base, reachOf(caller), row.person_id)
    // What an administrator took away is theirs to give back.
    const takenBy = row.status === 'inactive' ? row.deactivated_by : null
    if (
      body.status === 'active' &&
      takenBy !== null &&
      takenBy !== caller.person.id &&
      !may(caller, 'keys:write')
    )
      throw new Failure('permission_denied')
    return show(await changeKey(base, actorOf(caller, origin), row.id, body), base.now())
  },
}

import { actorOf } from '../audit/service.ts'
import { pageById } from '../base/paging.ts'
import type { Routes } from '../base/routes.ts'
import type { Member } from './queries.ts'
import { selectMembers } from './queries.ts'
import { addMember, changeRole, getMember, removeMember } from './service.ts'

const show = (member: Member) => ({
  id: member.id,
  added_at: new Date(member.addedAt).toISOString(),
  email: member.email,
  name: member.name,
  role: member.role,
  type: 'user' as const,
})

export const memberRoutes: Routes<'members'> = {
  async list({ base, caller, query }) {
    const page = await pageById(query, (side, from, limit) =>
      selectMembers(base.database.handle(), caller.organization.id, query.email, side, from, limit),
    )
    return { ...page, data: page.data.map(show) }
  },
  get: async ({ base, caller, params }) =>
    show(await getMember(base, caller.organization.id, params.user_id)),
  add: async ({ base, caller, origin, body }) =>
    show(await addMember(base, actorOf(caller, origin), caller.role, body)),
  change: async ({ base, caller, origin, params, body }) =>
    show(await changeRole(base, actorOf(caller, origin), caller.role, params.user_id, body.role)),
  async remove({ base, caller, origin, params }) {
    await removeMember(base, actorOf(caller, origin), caller.role, params.user_id)
    return { id: params.user_id, type: 'user_deleted' }
  },
}

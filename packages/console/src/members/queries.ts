import type { Role } from '@latchstring/protocol/codes/roles'
import type { Handle } from '../base/database.ts'

export type Member = {
  id: string
  organizationId: string
  email: string
  name: string
  role: Role
  addedAt: number
}

function select(handle: Handle) {
  return handle
    .selectFrom('members')
    .innerJoin('people', 'people.id', 'members.person_id')
    .select([
      'people.id as id',
      'members.organization_id as organizationId',
      'people.email as email',
      'people.name as name',
      'members.role as role',
      'members.created_at as addedAt',
    ])
}

export const selectMember = (
  handle: Handle,
  organizationId: string,
  personId: string,
): Promise<Member | undefined> =>
  select(handle)
    .where('members.organization_id', '=', organizationId)
    .where('members.person_id', '=', personId)
    .executeTakeFirst()

export const selectOwners = (handle: Handle, organizationId: string): Promise<Member[]> =>
  select(handle)
    .where('members.organization_id', '=', organizationId)
    .where('members.role', '=', 'owner')
    .orderBy('members.created_at')
    .execute()

/** The memberships of a person, oldest first. */
export const selectMemberships = (handle: Handle, personId: string): Promise<Member[]> =>
  select(handle)
    .where('members.person_id', '=', personId)
    .orderBy('members.created_at')
    .orderBy('members.organization_id')
    .execute()

export function selectMembers(
  handle: Handle,
  organizationId: string,
  email: string | undefined,
  side: 'older' | 'newer',
  from: string | undefined,
  limit: number,
): Promise<Member[]> {
  let query = select(handle)
    .where('members.organization_id', '=', organizationId)
    .orderBy('people.id', side === 'older' ? 'desc' : 'asc')
    .limit(limit)
  if (from !== undefined) query = query.where('people.id', side === 'older' ? '<' : '>', from)
  if (email !== undefined) query = query.where('people.email', '=', email.toLowerCase())
  return query.execute()
}

export const selectPersonByEmail = (handle: Handle, email: string) =>
  handle.selectFrom('people').selectAll().where('email', '=', email.toLowerCase()).executeTakeFirst()

export const selectPerson = (handle: Handle, id: string) =>
  handle.selectFrom('people').selectAll().where('id', '=', id).executeTakeFirst()

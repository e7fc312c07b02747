import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { Role } from '@latchstring/protocol/codes/roles'
import { mayGrant } from '@latchstring/protocol/decide/authorize'
import type { Actor } from '../audit/service.ts'
import { change } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Member } from './queries.ts'
import {
  selectMember,
  selectMemberships,
  selectOwners,
  selectPerson,
  selectPersonByEmail,
} from './queries.ts'

export type { Member } from './queries.ts'

/**
 * Whether somebody may act on what is another person's: nobody reaches above themselves, so an admin touches nothing of
 * an owner's. What is left of a person who is gone may be touched.
 *
 * @throws Failure `permission_denied`
 */
export async function mustReach(
  base: Base,
  by: { organizationId: string; personId: string; role: Role },
  personId: string,
): Promise<void> {
  if (by.personId === personId) return
  const member = await findMember(base, by.organizationId, personId)
  if (member !== undefined && !mayGrant(by.role, member.role)) throw new Failure('permission_denied')
}

/** @throws Failure `not_found`, the same for "not there" and "not yours" */
export async function getMember(base: Base, organizationId: string, personId: string): Promise<Member> {
  const member = await selectMember(base.database.handle(), organizationId, personId)
  if (member === undefined) throw new Failure('not_found')
  return member
}

export const findMember = (base: Base, organizationId: string, personId: string) =>
  selectMember(base.database.handle(), organizationId, personId)

/** Whether somebody is a member of another organisation too. */
export const belongsElsewhere = async (
  base: Base,
  organizationId: string,
  personId: string,
): Promise<boolean> =>
  (await selectMemberships(base.database.handle(), personId)).some(
    one => one.organizationId !== organizationId,
  )

/** The organisation a person signs in to: the one they joined first. undefined: none. */
export async function firstMembership(base: Base, personId: string): Promise<Member | undefined> {
  return (await selectMemberships(base.database.handle(), personId)).at(0)
}

export const listOwners = (base: Base, organizationId: string): Promise<Member[]> =>
  selectOwners(base.database.handle(), organizationId)

export const findPersonByEmail = (base: Base, email: string) =>
  selectPersonByEmail(base.database.handle(), email)

export const findPerson = (base: Base, id: string) => selectPerson(base.database.handle(), id)

/**
 * Adds a person to an organisation; a person already known to this server keeps their name.
 *
 * @param granter the role of whoever adds; null for the operator and the set-up link
 * @param given `id` where the person was named before being added: a passkey made at set-up carries it
 * @throws Failure `cannot_grant`, `already_member`
 */
export async function addMember(
  base: Base,
  actor: Actor,
  granter: Role | null,
  given: { id?: string | undefined; email: string; name?: string | undefined; role: Role },
): Promise<Member> {
  if (granter !== null && !mayGrant(granter, given.role)) throw new Failure('cannot_grant')
  return await change(base, actor, 'members.added', async (handle, line) => {
    const now = base.now()
    const known = await selectPersonByEmail(handle, given.email)
    const id = known?.id ?? given.id ?? newId('person', now)
    if (known === undefined) {
      const name = given.name ?? given.email.split('@')[0] ?? given.email
      await handle.insertInto('people').values({ id, email: given.email, name, created_at: now }).execute()
    }
    const added = await handle
      .insertInto('members')
      .values({ organization_id: actor.organizationId, person_id: id, role: given.role, created_at: now })
      .onConflict(conflict => conflict.doNothing())
      .returning('person_id')
      .executeTakeFirst()
    if (added === undefined) throw new Failure('already_member')
    line.target('member', id)
    line.details({ role: given.role })
    return await getMember(base, actor.organizationId, id)
  })
}

/** @throws Failure `not_found`, `cannot_grant`, `last_owner` */
export async function changeRole(
  base: Base,
  actor: Actor,
  granter: Role,
  personId: string,
  role: Role,
): Promise<Member> {
  return await change(base, actor, 'members.role_changed', async (handle, line) => {
    const member = await getMember(base, actor.organizationId, personId)
    if (!mayGrant(granter, role) || !mayGrant(granter, member.role)) throw new Failure('cannot_grant')
    if (member.role === 'owner' && role !== 'owner') await keepAnOwner(base, member)
    await handle
      .updateTable('members')
      .set({ role })
      .where('organization_id', '=', actor.organizationId)
      .where('person_id', '=', personId)
      .execute()
    line.target('member', personId)
    line.details({ from: member.role, to: role })
    await base.revocations.add({ kind: 'member_changed', id: `${actor.organizationId}/${personId}` })
    await base.happen('memberChanged', { organizationId: actor.organizationId, personId })
    return { ...member, role }
  })
}

/** @throws Failure `not_found`, `cannot_grant`, `last_owner` */
export async function removeMember(base: Base, actor: Actor, granter: Role, personId: string): Promise<void> {
  await change(base, actor, 'members.removed', async (handle, line) => {
    const member = await getMember(base, actor.organizationId, personId)
    if (!mayGrant(granter, member.role)) throw new Failure('cannot_grant')
    if (member.role === 'owner') await keepAnOwner(base, member)
    await base.happen('memberEnded', { organizationId: actor.organizationId, personId })
    await handle
      .deleteFrom('members')
      .where('organization_id', '=', actor.organizationId)
      .where('person_id', '=', personId)
      .execute()
    line.target('member', personId)
    line.details({ role: member.role })
    await base.revocations.add({ kind: 'member', id: `${actor.organizationId}/${personId}` })
  })
}

/**
 * Locks the organisation's owners, then counts: of two owners lowering each other at once, one is refused, on PostgreSQL
 * too. (The update changes nothing; it takes the row locks.)
 */
async function keepAnOwner(base: Base, member: Member): Promise<void> {
  const owners = await base.database.transaction(handle =>
    handle
      .updateTable('members')
      .set({ role: 'owner' })
      .where('organization_id', '=', member.organizationId)
      .where('role', '=', 'owner')
      .returning('person_id')
      .execute(),
  )
  if (!owners.some(owner => owner.person_id !== member.id)) throw new Failure('last_owner')
}

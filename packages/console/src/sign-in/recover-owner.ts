import { Failure } from '@latchstring/protocol'
import { operator } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Member } from '../members/service.ts'
import { changeRole, findPersonByEmail, firstMembership, listOwners } from '../members/service.ts'
import { endSession, listBrowsersOf } from '../sessions/service.ts'
import { makeSignInLink } from './links.ts'
import { removePasskeysOf } from './passkeys.ts'
import { lockPasskeysOf } from './queries.ts'

/** What an owner has to sign in with. A mailbox is not counted: nobody here knows whose it is now. */
export type OwnerMeans = { email: string; passkeys: number; browsers: number }

/**
 * Who of the owners can still sign in; undefined: nobody. Pure.
 *
 * @example
 * whoCanSignIn([{ email: 'ada@acme.test', passkeys: 0, browsers: 0 }]) // undefined
 */
export const whoCanSignIn = (owners: readonly OwnerMeans[]): OwnerMeans | undefined =>
  owners.find(({ passkeys, browsers }) => passkeys > 0 || browsers > 0)

export type Recovered = {
  signInLink: string
  promoted: boolean
  passkeysRemoved: number
  browsersEnded: number
}

/**
 * Lets an owner back in who lost their passkey, for whoever has a shell on the host; all or nothing, audited as the
 * operator's.
 *
 * @param given `removePasskeys` ends their passkeys and their browsers' sessions; `promote` makes a member an owner when
 * no owner can sign in
 * @throws Failure `not_set_up` for an unknown address, `not_an_owner`, `owner_can_sign_in`
 */
export async function recoverOwner(
  base: Base,
  given: { email: string; removePasskeys: boolean; promote: boolean },
): Promise<Recovered> {
  return await base.database.transaction(async () => {
    const person = await findPersonByEmail(base, given.email)
    const member = person && (await firstMembership(base, person.id))
    if (member === undefined) throw new Failure('not_set_up')
    const promoted = member.role !== 'owner'
    if (promoted) await promote(base, member, given.promote)
    const ended = given.removePasskeys
      ? await endMeansOf(base, member)
      : { passkeysRemoved: 0, browsersEnded: 0 }
    return { signInLink: await makeSignInLink(base, member.email), promoted, ...ended }
  })
}

async function promote(base: Base, member: Member, asked: boolean): Promise<void> {
  if (!asked)
    throw new Failure('not_an_owner', { message: `${member.email} is ${member.role}, not an owner.` })
  const owners = await listOwners(base, member.organizationId)
  const means: OwnerMeans[] = []
  for (const owner of owners) {
    const passkeys = await base.database.transaction(handle => lockPasskeysOf(handle, owner.id))
    const browsers = await listBrowsersOf(base, owner.organizationId, owner.id)
    means.push({ email: owner.email, passkeys: passkeys.length, browsers: browsers.length })
  }
  const able = whoCanSignIn(means)
  if (able !== undefined) {
    throw new Failure('owner_can_sign_in', {
      message: `${able.email} can still sign in: ${able.passkeys} passkeys, ${able.browsers} signed-in browsers.`,
    })
  }
  await changeRole(base, operator(member.organizationId), 'owner', member.id, 'owner')
}

async function endMeansOf(base: Base, member: Member) {
  const actor = operator(member.organizationId)
  const passkeysRemoved = await removePasskeysOf(base, actor, member.id)
  let browsersEnded = 0
  for (const { id } of await listBrowsersOf(base, member.organizationId, member.id))
    if (await endSession(base, actor, id, 'owner recovered')) browsersEnded++
  return { passkeysRemoved, browsersEnded }
}

import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { Actor } from '../audit/service.ts'
import { actorOf, change, system } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import type { Rate } from '../base/throttle.ts'
import { addressBlock, throttle } from '../base/throttle.ts'
import { belongsElsewhere, firstMembership } from '../members/service.ts'
import { refreshAuthentication } from '../sessions/service.ts'
import type { Answered, NewPasskey, Options } from './ceremonies.ts'
import { beginMaking, beginUsing, verifyMaking, verifyUsing } from './ceremonies.ts'
import type { Entry } from './enter.ts'
import { enter } from './enter.ts'
import type { PasskeyRow } from './queries.ts'
import {
  deletePasskey,
  insertPasskey,
  lockPasskeysOf,
  selectPasskeyByCredential,
  selectPasskeysOf,
  usedPasskey,
} from './queries.ts'

/** Beginning writes a row for anybody who asks, so one block of addresses gets no more than this. */
const beginRate: Rate = { burst: 60, everySeconds: 1 }

export const listPasskeys = (base: Base, personId: string): Promise<PasskeyRow[]> =>
  selectPasskeysOf(base.database.handle(), personId)

/** @throws Failure `rate_limited` */
export async function beginPasskey(base: Base, origin: Origin): Promise<Options> {
  await throttle(base, `passkey/from/${addressBlock(origin.address)}`, beginRate)
  return await beginUsing(base)
}

/**
 * Signs in by passkey. The same person's open session in this browser becomes fresh instead.
 *
 * @throws Failure `passkey_refused`, also for somebody who is no longer a member
 */
export async function usePasskey(
  base: Base,
  given: Answered,
  origin: Origin,
  before: Caller | null,
): Promise<Entry> {
  const { passkey, counter } = await verifyUsing(base, given, id =>
    selectPasskeyByCredential(base.database.handle(), id),
  )
  return await base.database.transaction(async handle => {
    const used = await usedPasskey(handle, passkey, counter, base.now())
    const member = await firstMembership(base, passkey.person_id)
    if (used === undefined || member === undefined) throw new Failure('passkey_refused')
    const session = before?.session
    if (before && session?.kind === 'web' && !session.settingUp && before.person.id === member.id) {
      return await refreshAuthentication(base, actorOf(before, origin), session.id)
    }
    return await enter(base, member, 'passkey', origin, before)
  })
}

export const beginAddPasskey = async (base: Base, caller: Caller): Promise<Options> =>
  beginMaking(
    base,
    'add',
    {
      personId: caller.person.id,
      email: caller.person.email,
      name: caller.person.name,
      organization: caller.organization.name,
    },
    await listPasskeys(base, caller.person.id),
  )

/** @throws Failure `passkey_refused` */
export async function addPasskey(
  base: Base,
  actor: Actor,
  personId: string,
  given: Answered & { name: string },
): Promise<PasskeyRow> {
  const { passkey } = await verifyMaking(base, 'add', given, personId)
  return await keepPasskey(base, actor, personId, given.name, passkey)
}

/**
 * Keeps a verified passkey. Joins an open transaction.
 *
 * @throws Failure `passkey_refused` when this credential is known already (WebAuthn §7.1 step 26)
 */
export async function keepPasskey(
  base: Base,
  actor: Actor,
  personId: string,
  name: string,
  passkey: NewPasskey,
): Promise<PasskeyRow> {
  const now = base.now()
  const row: PasskeyRow = {
    id: newId('passkey', now),
    person_id: personId,
    ...passkey,
    name,
    created_at: now,
    last_used_at: null,
  }
  await change(base, actor, 'sign_in.passkey_added', async (handle, line) => {
    if ((await insertPasskey(handle, row)) === undefined) throw new Failure('passkey_refused')
    line.target('passkey', row.id)
    line.details({ name })
  })
  return row
}

/**
 * Removes one of somebody's own passkeys. The last one stays while the server sends no mail: nothing else would let
 * its owner in again.
 *
 * @throws Failure `not_found`, `last_passkey`
 */
export async function removePasskey(base: Base, actor: Actor, personId: string, id: string): Promise<void> {
  await change(base, actor, 'sign_in.passkey_removed', async (handle, line) => {
    const all = await lockPasskeysOf(handle, personId)
    const passkey = all.find(one => one.id === id)
    if (passkey === undefined) throw new Failure('not_found')
    if (all.length === 1 && base.mailer.kind === 'outbox') throw new Failure('last_passkey')
    await deletePasskey(handle, id)
    line.target('passkey', id)
    line.details({ name: passkey.name })
  })
}

/**
 * Removes all of somebody's passkeys.
 *
 * @returns how many there were
 */
export async function removePasskeysOf(base: Base, actor: Actor, personId: string): Promise<number> {
  const passkeys = await base.database.transaction(handle => lockPasskeysOf(handle, personId))
  for (const { id, name } of passkeys) {
    await change(base, actor, 'sign_in.passkey_removed', async (handle, line) => {
      await deletePasskey(handle, id)
      line.target('passkey', id)
      line.details({ name })
    })
  }
  return passkeys.length
}

/**
 * Takes the passkeys of somebody who has left their last organisation. Their address may be given to another person, who
 * would otherwise be signed in by the first one's passkey.
 */
export async function forgetLeaver(base: Base, organizationId: string, personId: string): Promise<void> {
  if (await belongsElsewhere(base, organizationId, personId)) return
  await removePasskeysOf(base, system(organizationId), personId)
}

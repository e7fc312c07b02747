import { Failure } from '@latchstring/protocol'
import { displayName, emailAddress } from '@latchstring/protocol/api/shapes'
import { newId } from '@latchstring/protocol/base/ids'
import type { Actor } from '../audit/service.ts'
import { change, operator } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import { hashOf, newSecret } from '../base/secrets.ts'
import { createKey } from '../keys/service.ts'
import type { Member } from '../members/service.ts'
import { addMember } from '../members/service.ts'
import { anyOrganization, createOrganization } from '../organizations/service.ts'
import { createProvider } from '../providers/service.ts'
import { startWebSession } from '../sessions/service.ts'
import type { Answered, Options } from './ceremonies.ts'
import { beginMaking, verifyMaking } from './ceremonies.ts'
import type { Entry } from './enter.ts'
import { enter, personActor } from './enter.ts'
import { browserSecret, mailLink, makeSignInLink } from './links.ts'
import { keepPasskey } from './passkeys.ts'
import {
  claimServer,
  deleteUnspentSetupLinks,
  insertLink,
  selectLiveSetupLink,
  spendSetupLink,
} from './queries.ts'

/** What the first person says of themselves and their organisation. */
export type Founding = { token: string; organization_name: string; email: string; name: string }

/**
 * Makes the link that sets this server up. Earlier ones stop working; this one works until it is used.
 *
 * @returns null when the server is set up already
 */
export async function makeSetupLink(base: Base): Promise<string | null> {
  return await base.database.transaction(async handle => {
    if (await anyOrganization(base)) return null
    await deleteUnspentSetupLinks(handle)
    const secret = newSecret()
    await insertLink(handle, {
      hash: hashOf(secret),
      purpose: 'setup',
      person_id: null,
      browser_hash: null,
      return_to: '/',
      created_at: base.now(),
      expires_at: null,
      spent_at: null,
    })
    return `${base.settings.url}/setup#token=${secret}`
  })
}

/** @throws Failure `setup_link_spent`, `setup_done` */
async function mustBeOpen(base: Base, token: string): Promise<void> {
  const handle = base.database.handle()
  if ((await selectLiveSetupLink(handle, hashOf(token))) === undefined) throw new Failure('setup_link_spent')
  if (await anyOrganization(base)) throw new Failure('setup_done')
}

/**
 * Begins making the owner's passkey. The link stays good, so that a closed prompt costs nothing.
 *
 * @throws Failure `setup_link_spent`, `setup_done`
 */
export async function beginSetup(base: Base, given: Founding): Promise<Options> {
  await mustBeOpen(base, given.token)
  const { email, name, organization_name: organization } = given
  const personId = newId('person', base.now())
  return await beginMaking(base, 'setup', { personId, email, name, organization }, [])
}

/** How the owner came in: signed in by passkey, or waiting for the mail in a session that opens nothing else. */
export type SetUp = { entry: Entry; next: 'signed_in' } | { entry: Entry; next: 'mail_sent'; browser: string }

/**
 * Spends the set-up link and creates the organisation and its owner, all or nothing.
 *
 * @throws Failure `setup_link_spent`, `setup_done`, `passkey_refused` (the link stays good then)
 */
export async function setup(
  base: Base,
  given: Founding & { passkey?: Answered | undefined },
  origin: Origin,
  before: Caller | null,
): Promise<SetUp> {
  await mustBeOpen(base, given.token)
  const made = given.passkey && (await verifyMaking(base, 'setup', given.passkey, null))
  return await base.database.transaction(async handle => {
    const spent = await spendSetupLink(handle, hashOf(given.token), base.now())
    if (spent === undefined) throw new Failure('setup_link_spent')
    const owner = await found(base, origin, {
      organizationName: given.organization_name,
      owner: { id: made?.personId, email: given.email, name: given.name },
    })
    const actor = personActor(owner, origin)
    if (made !== undefined) {
      await keepPasskey(base, actor, owner.id, 'Passkey from set-up', made.passkey)
      return { entry: await enter(base, owner, 'passkey', origin, before), next: 'signed_in' }
    }
    const browser = browserSecret(origin)
    await mailLink(base, owner, { browser, returnTo: '/' }, origin)
    const start = { organizationId: owner.organizationId, personId: owner.id, actor, origin }
    const entry = await startWebSession(base, { ...start, method: 'setup', settingUp: true })
    return { entry, next: 'mail_sent', browser }
  })
}

/**
 * Creates the organisation, its owner and the built-in sandbox provider. Whoever sets a server up acts for its
 * operator, who made the link or runs the command.
 *
 * @throws Failure `setup_done`
 */
async function found(
  base: Base,
  from: Pick<Actor, 'address' | 'requestId'>,
  given: { organizationName: string; owner: { id?: string | undefined; email: string; name?: string } },
): Promise<Member> {
  return await base.database.transaction(async handle => {
    const first = await claimServer(handle, base.now())
    if (!first || (await anyOrganization(base))) throw new Failure('setup_done')
    const organization = await createOrganization(base, given.organizationName)
    const { address, requestId } = from
    const actor = { ...operator(organization.id), address, requestId }
    await change(base, actor, 'organizations.created', async (_handle, line) => {
      line.target('organization', organization.id)
      line.details({ name: organization.name })
    })
    const owner = await addMember(base, actor, null, { ...given.owner, role: 'owner' })
    await createProvider(base, actor, { kind: 'sandbox', name: 'Sandbox' })
    return owner
  })
}

/**
 * Sets this server up without a browser, all or nothing.
 *
 * @throws Failure `setup_done`, `invalid_request`
 */
export async function initialize(
  base: Base,
  given: { organization: string; email: string },
): Promise<{ organizationId: string; adminApiKey: string; signInLink: string }> {
  const organization = displayName(100).safeParse(given.organization)
  const email = emailAddress.safeParse(given.email)
  if (!organization.success) throw unusable('organization', organization.error.issues[0]?.message)
  if (!email.success) throw unusable('owner', email.error.issues[0]?.message)
  return await base.database.transaction(async () => {
    const nowhere = { address: null, requestId: null }
    const owner = await found(base, nowhere, {
      organizationName: organization.data,
      owner: { email: email.data },
    })
    const { organizationId } = owner
    const { secret } = await createKey(base, operator(organizationId), null, {
      personId: owner.id,
      name: 'latchstring init',
      kind: 'admin',
      lifetimeSeconds: null,
    })
    return { organizationId, adminApiKey: secret, signInLink: await makeSignInLink(base, owner.email) }
  })
}

const unusable = (field: string, why = 'not as expected') =>
  new Failure('invalid_request', { message: `${field}: ${why}` })

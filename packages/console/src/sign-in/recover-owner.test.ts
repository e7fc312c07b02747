import { afterEach, beforeEach, expect, it } from 'vitest'
import { operator } from '../audit/service.ts'
import type { TestBase } from '../base/testing/base.ts'
import { addMember, findMember } from '../members/service.ts'
import { startWebSession } from '../sessions/service.ts'
import { acmeBase } from '../testing/console-base.ts'
import { recoverOwner, whoCanSignIn } from './recover-owner.ts'
import { initialize } from './setup.ts'

let base: TestBase
let organizationId: string
beforeEach(async () => {
  base = await acmeBase()
  organizationId = (await initialize(base, { organization: 'Acme', email: 'ada@acme.test' })).organizationId
})
afterEach(() => base.close())

const recover = (email: string, more: { removePasskeys?: boolean; promote?: boolean } = {}) =>
  recoverOwner(base, { email, removePasskeys: false, promote: false, ...more })
const personId = async (email: string) =>
  (
    await base.database
      .handle()
      .selectFrom('people')
      .select('id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow()
  ).id
const givePasskey = async (email: string) => {
  const person_id = await personId(email)
  await base.database.transaction(handle =>
    handle
      .insertInto('passkeys')
      .values({
        id: `passkey_${email}`,
        person_id,
        credential_id: email,
        public_key: '',
        counter: 0,
        transports: '[]',
        name: 'Laptop',
        created_at: base.now(),
        last_used_at: null,
      })
      .execute(),
  )
}
const openBrowser = async (email: string) =>
  startWebSession(base, {
    organizationId,
    personId: await personId(email),
    actor: operator(organizationId),
    origin: { address: '127.0.0.1', userAgent: '' },
    method: 'link',
  })
const events = async (name: string) =>
  (
    await base.database
      .handle()
      .selectFrom('audit_lines')
      .selectAll()
      .where('event', '=', name as never)
      .execute()
  ).map(line => line.actor_type)

it('gives an owner a sign-in link, and leaves everything else as it is', async () => {
  await givePasskey('ada@acme.test')
  const done = await recover('ada@acme.test')
  expect(done).toMatchObject({ promoted: false, passkeysRemoved: 0, browsersEnded: 0 })
  expect(done.signInLink).toMatch(/\/sign-in#token=/)
  expect(await base.database.handle().selectFrom('passkeys').selectAll().execute()).toHaveLength(1)
  expect(await events('sign_in.link_made')).toContain('operator')
})

it('ends passkeys and browsers of a lost machine, each with an audit line of the operator', async () => {
  await givePasskey('ada@acme.test')
  const { id } = await openBrowser('ada@acme.test')
  expect(await recover('ada@acme.test', { removePasskeys: true })).toMatchObject({
    passkeysRemoved: 1,
    browsersEnded: 1,
  })
  expect(await base.database.handle().selectFrom('passkeys').selectAll().execute()).toEqual([])
  const session = await base.database
    .handle()
    .selectFrom('sessions')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  expect(session?.ended_at).toBe(base.now())
  expect(await events('sign_in.passkey_removed')).toEqual(['operator'])
  expect(await events('sessions.ended')).toEqual(['operator'])
})

it('makes a member an owner only when asked, and only when no owner can sign in', async () => {
  const bob = await addMember(base, operator(organizationId), null, {
    email: 'bob@acme.test',
    role: 'developer',
  })
  await expect(recover('bob@acme.test')).rejects.toMatchObject({ code: 'not_an_owner' })
  await givePasskey('ada@acme.test')
  await openBrowser('ada@acme.test')
  const refused = recover('bob@acme.test', { promote: true })
  await expect(refused).rejects.toMatchObject({
    code: 'owner_can_sign_in',
    message: 'ada@acme.test can still sign in: 1 passkeys, 1 signed-in browsers.',
  })
  expect((await findMember(base, organizationId, bob.id))?.role).toBe('developer')
  await recover('ada@acme.test', { removePasskeys: true })
  expect(await recover('bob@acme.test', { promote: true })).toMatchObject({ promoted: true })
  expect((await findMember(base, organizationId, bob.id))?.role).toBe('owner')
  expect(await events('members.role_changed')).toEqual(['operator'])
})

it('knows nobody else', async () => {
  await expect(recover('eve@evil.test', { promote: true })).rejects.toMatchObject({ code: 'not_set_up' })
})

it('an owner can sign in by passkey or by a browser that is signed in', () => {
  const nobody = { email: 'a@a.test', passkeys: 0, browsers: 0 }
  expect(whoCanSignIn([nobody])).toBeUndefined()
  expect(whoCanSignIn([nobody, { email: 'b@b.test', passkeys: 1, browsers: 0 }])?.email).toBe('b@b.test')
  expect(whoCanSignIn([{ email: 'c@c.test', passkeys: 0, browsers: 1 }])?.email).toBe('c@c.test')
})

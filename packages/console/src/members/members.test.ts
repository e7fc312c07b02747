import { afterEach, beforeEach, expect, it } from 'vitest'
import { hashOf } from '../base/secrets.ts'
import type { TestBase } from '../base/testing/base.ts'
import { createKey, findLiveKey } from '../keys/service.ts'
import { findLiveSession, startAgentSession, startWebSession } from '../sessions/service.ts'
import { keepPasskey, listPasskeys } from '../sign-in/passkeys.ts'
import { auditEvents, makeAcme } from '../testing/acme.ts'
import { acmeBase } from '../testing/console-base.ts'
import { addMember, changeRole, findMember, removeMember } from './service.ts'

let base: TestBase
let acme: Awaited<ReturnType<typeof makeAcme<'owner' | 'admin' | 'developer'>>>

beforeEach(async () => {
  base = await acmeBase()
  acme = await makeAcme(base, ['owner', 'admin', 'developer'])
})
afterEach(() => base.close())

const origin = { address: '127.0.0.1', userAgent: 'test' }
const startOf = (personId: string) => ({ organizationId: acme.id, personId, actor: acme.operator, origin })

it('refuses to lower, remove or lose the last owner', async () => {
  const { owner } = acme.members
  await expect(changeRole(base, acme.operator, 'owner', owner.id, 'admin')).rejects.toMatchObject({
    code: 'last_owner',
  })
  await expect(removeMember(base, acme.operator, 'owner', owner.id)).rejects.toMatchObject({
    code: 'last_owner',
  })
  expect((await findMember(base, acme.id, owner.id))?.role).toBe('owner')
})

it('G2 lets one of two owners go when both lower each other at once, time and again', async () => {
  const { owner, admin } = acme.members
  let [stays, back] = [owner.id, admin.id]
  for (let i = 0; i < 10; i++) {
    await changeRole(base, acme.operator, 'owner', back, 'owner')
    const tries = await Promise.allSettled([
      changeRole(base, acme.operator, 'owner', stays, 'user'),
      i % 2 === 0
        ? changeRole(base, acme.operator, 'owner', back, 'user')
        : changeRole(base, acme.operator, 'owner', back, 'admin'),
    ])
    expect(tries.filter(one => one.status === 'fulfilled')).toHaveLength(1)
    expect(tries.find(one => one.status === 'rejected')?.reason).toMatchObject({ code: 'last_owner' })
    if (tries[0]?.status === 'fulfilled') [stays, back] = [back, stays]
  }
})

it('G2 lets nobody reach above themselves', async () => {
  const { owner, developer } = acme.members
  for (const attempt of [
    () => addMember(base, acme.operator, 'admin', { email: 'x@acme.test', role: 'owner' }),
    () => changeRole(base, acme.operator, 'admin', developer.id, 'owner'),
    () => changeRole(base, acme.operator, 'admin', owner.id, 'user'),
    () => removeMember(base, acme.operator, 'admin', owner.id),
    () => addMember(base, acme.operator, 'developer', { email: 'x@acme.test', role: 'user' }),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'cannot_grant' })
  }
})

it('ends sessions and archives keys of who is removed, in the same transaction, and tells the gateway', async () => {
  const { developer } = acme.members
  const web = await startWebSession(base, { ...startOf(developer.id), method: 'passkey' })
  const agent = await startAgentSession(base, { ...startOf(developer.id), method: 'device', grantId: 'g' })
  const { secret } = await createKey(base, acme.operator, null, {
    personId: developer.id,
    name: 'k',
    kind: 'api',
    lifetimeSeconds: null,
  })
  const before = base.revocations.since(0).sequence
  await removeMember(base, acme.operator, 'owner', developer.id)
  expect(await findLiveSession(base, web.id)).toBeUndefined()
  expect(await findLiveSession(base, agent)).toBeUndefined()
  expect(await findLiveKey(base, hashOf(secret))).toBeUndefined()
  const told = base.revocations.since(before).entries.map(entry => entry.kind)
  expect(told.sort()).toEqual(['key', 'member', 'session', 'session'])
})

it('ends agents, not browsers, of who may no longer connect agents', async () => {
  const { developer } = acme.members
  const web = await startWebSession(base, { ...startOf(developer.id), method: 'passkey' })
  const agent = await startAgentSession(base, { ...startOf(developer.id), method: 'device', grantId: 'g' })
  await changeRole(base, acme.operator, 'owner', developer.id, 'claude_code_user')
  expect(await findLiveSession(base, agent)).toBeDefined()
  await changeRole(base, acme.operator, 'owner', developer.id, 'billing')
  expect(await findLiveSession(base, agent)).toBeUndefined()
  expect(await findLiveSession(base, web.id)).toBeDefined()
})

it('cuts what is open by keys of who may no longer call models, and leaves the keys of who still may', async () => {
  const { developer } = acme.members
  const { row } = await createKey(base, acme.operator, null, {
    personId: developer.id,
    name: 'k',
    kind: 'api',
    lifetimeSeconds: null,
  })
  const told = async (role: 'claude_code_user' | 'billing' | 'developer') => {
    const before = base.revocations.since(0).sequence
    await changeRole(base, acme.operator, 'owner', developer.id, role)
    return base.revocations.since(before).entries.filter(entry => entry.kind === 'key')
  }
  expect(await told('claude_code_user')).toEqual([])
  expect(await told('billing')).toMatchObject([{ id: row.id }])
  expect(await told('developer')).toEqual([])
})

it('adds a person once, whatever the case of their address, and knows them in a second organisation', async () => {
  await expect(
    addMember(base, acme.operator, 'owner', { email: 'developer@acme.test', role: 'user' }),
  ).rejects.toMatchObject({
    code: 'already_member',
  })
  const other = await makeAcme(base, [])
  const same = await addMember(base, other.operator, null, {
    email: 'developer@acme.test',
    name: 'Other',
    role: 'owner',
  })
  expect([same.id, same.name]).toEqual([acme.members.developer.id, acme.members.developer.name])
})

it('W6 whoever leaves their last organisation leaves no passkey for the next holder of their address', async () => {
  const { developer } = acme.members
  const other = await makeAcme(base, [])
  await addMember(base, other.operator, null, { email: 'developer@acme.test', role: 'owner' })
  const made = { credential_id: 'c', public_key: 'k', counter: 0, transports: '[]' }
  await keepPasskey(base, acme.operator, developer.id, 'Laptop', made)
  await removeMember(base, acme.operator, 'owner', developer.id)
  expect(await listPasskeys(base, developer.id)).toHaveLength(1)
  await addMember(base, other.operator, null, { email: 'next@acme.test', role: 'owner' })
  await removeMember(base, other.operator, 'owner', developer.id)
  expect(await listPasskeys(base, developer.id)).toHaveLength(0)
  expect((await auditEvents(base)).slice(-2)).toContain('sign_in.passkey_removed')
})

it('leaves an audit line for each change and none for a refused one', async () => {
  const before = (await auditEvents(base)).length
  await changeRole(base, acme.operator, 'owner', acme.members.developer.id, 'user')
  await changeRole(base, acme.operator, 'owner', acme.members.owner.id, 'user').catch(() => {})
  expect((await auditEvents(base)).slice(before)).toEqual(['members.role_changed'])
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestBase } from '../../base/testing/base.ts'
import { makeAcme } from '../../testing/acme.ts'
import { acmeBase } from '../../testing/console-base.ts'
import { headsFile, signHeads } from '../heads.ts'
import type { AuditRow } from '../queries.ts'
import { sealLines } from '../sealer.ts'
import type { Actor } from '../service.ts'
import { change } from '../service.ts'

/** An organisation whose audit has `lines` lines by its owner, none of them sealed. */
export async function makeChain(lines: number) {
  const base = await acmeBase()
  const acme = await makeAcme(base, ['owner', 'developer'])
  const { owner, developer } = acme.members
  const actor: Actor = {
    organizationId: acme.id,
    type: 'user',
    personId: owner.id,
    by: 'session_owner',
    address: '192.0.2.7',
    requestId: 'req_1',
  }
  const before = (await rowsOf(base)).length
  await addLines(base, actor, lines - before)
  return { base, id: acme.id, actor, owner, developer }
}

export const addLines = (base: TestBase, actor: Actor, count: number) =>
  base.database.transaction(async () => {
    for (let i = 0; i < count; i++) {
      await change(base, actor, 'oauth.device_approved', async (_handle, line) => {
        line.target('session', `session_${i}`)
        line.details({ client: 'agent', address: '198.51.100.9', user_agent: 'agent/1.0 (Ada’s laptop)', i })
      })
    }
  })

export async function sealAll(base: TestBase): Promise<number> {
  let rounds = 1
  while (await sealLines(base)) rounds++
  return rounds
}

/** Seals everything and signs the head. @returns the lines of the heads file, as stored elsewhere */
export async function sealAndSign(base: TestBase): Promise<string[]> {
  await sealAll(base)
  await signHeads(base, 0)
  return storedHeads(base)
}

export const storedHeads = (base: TestBase): string[] =>
  readFileSync(join(base.settings.dataFolder, headsFile), 'utf8').split('\n').slice(0, -1)

export const rowsOf = (base: TestBase): Promise<AuditRow[]> =>
  base.database.handle().selectFrom('audit_lines').selectAll().orderBy('sequence').orderBy('id').execute()

/** What somebody with the database's password may write. */
export const tamper = (base: TestBase, id: string, columns: Partial<AuditRow>) =>
  base.database.transaction(handle =>
    handle.updateTable('audit_lines').set(columns).where('id', '=', id).execute(),
  )

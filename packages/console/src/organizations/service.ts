import { randomUUID } from 'node:crypto'
import { Failure } from '@latchstring/protocol'
import type { Base } from '../base/base.ts'

/** Creates an organisation. Whoever calls writes the audit line, since only they know who founded it. */
export async function createOrganization(base: Base, name: string): Promise<{ id: string; name: string }> {
  const organization = { id: randomUUID(), name }
  await base.database.transaction(handle =>
    handle
      .insertInto('organizations')
      .values({ ...organization, created_at: base.now() })
      .execute(),
  )
  return organization
}

/** @throws Failure `not_found` */
export async function getOrganization(base: Base, id: string): Promise<{ id: string; name: string }> {
  const row = await base.database
    .handle()
    .selectFrom('organizations')
    .select(['id', 'name'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new Failure('not_found')
  return row
}

export const listOrganizations = (base: Pick<Base, 'database'>): Promise<{ id: string }[]> =>
  base.database.handle().selectFrom('organizations').select('id').orderBy('id').execute()

/** Whether anybody has set this server up. */
export async function anyOrganization(base: Base): Promise<boolean> {
  return (
    (await base.database.handle().selectFrom('organizations').select('id').limit(1).executeTakeFirst()) !==
    undefined
  )
}

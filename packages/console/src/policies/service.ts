import { createHash, randomUUID } from 'node:crypto'
import { Failure } from '@latchstring/protocol'
import { newId } from '@latchstring/protocol/base/ids'
import type { Json } from '@latchstring/protocol/decide/managed-settings'
import {
  availableModels,
  canonicalJson,
  judgeManagedSettings,
} from '@latchstring/protocol/decide/managed-settings'
import type { ModelPolicy } from '@latchstring/protocol/gateway-contract'
import type { Actor } from '../audit/service.ts'
import { change } from '../audit/service.ts'
import type { Base } from '../base/base.ts'

export type Policy = {
  uuid: string
  checksum: string
  settings: { [name: string]: Json }
  publishedAt: number
}

/** The policy in force; undefined while none is. */
export async function currentPolicy(base: Base, organizationId: string): Promise<Policy | undefined> {
  const row = await base.database
    .handle()
    .selectFrom('policies')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.settings === '') return undefined
  const { uuid, settings } = JSON.parse(row.settings) as { uuid: string; settings: Policy['settings'] }
  return { uuid, checksum: row.checksum, settings, publishedAt: row.published_at }
}

/** What the gateway enforces of it. */
export async function policyFor(base: Base, organizationId: string): Promise<ModelPolicy> {
  const policy = await currentPolicy(base, organizationId)
  return { availableModels: policy === undefined ? null : availableModels(policy.settings) }
}

/** @throws Failure `invalid_request` naming the setting that may not be published */
export async function publishPolicy(base: Base, actor: Actor, settings: Policy['settings']): Promise<Policy> {
  const wrong = judgeManagedSettings(settings)
  if (wrong !== undefined) throw new Failure('invalid_request', { message: wrong })
  const checksum = `sha256:${createHash('sha256').update(canonicalJson(settings)).digest('hex')}`
  const policy: Policy = { uuid: randomUUID(), checksum, settings, publishedAt: base.now() }
  await write(base, actor, 'policies.published', checksum, canonicalJson({ uuid: policy.uuid, settings }))
  return policy
}

export const withdrawPolicy = (base: Base, actor: Actor) => write(base, actor, 'policies.deleted', '', '')

async function write(
  base: Base,
  actor: Actor,
  event: 'policies.published' | 'policies.deleted',
  checksum: string,
  settings: string,
): Promise<void> {
  const id = newId('policy', base.now())
  await change(base, actor, event, async (handle, line) => {
    await handle
      .insertInto('policies')
      .values({
        id,
        organization_id: actor.organizationId,
        settings,
        checksum,
        published_at: base.now(),
        published_by: actor.personId ?? actor.type,
      })
      .execute()
    line.target('policy', id)
    line.details({ checksum })
    await base.revocations.add({ kind: 'policy', id: actor.organizationId })
  })
}

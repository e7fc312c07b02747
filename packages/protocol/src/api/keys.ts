import * as z from 'zod'
import { keyKinds, keyStatuses } from '../codes/key-kinds.ts'
import { endpoint } from './endpoint.ts'
import { displayName, page, pageOf, pageQuery, time } from './shapes.ts'

const key = z.object({
  id: z.string(),
  created_at: time,
  expires_at: time.nullable(),
  created_by: z.object({ id: z.string(), type: z.literal('user') }).nullable(),
  name: z.string(),
  partial_key_hint: z.string().nullable(),
  principal: z.object({ type: z.literal('user_actor'), user_id: z.string() }).nullable(),
  scope: z.object({ type: z.literal('organization') }),
  status: z.enum(keyStatuses),
  type: z.literal('api_key'),
  workspace_id: z.string().nullable(),
  /** Ours: what the key may be used for. */
  kind: z.enum(keyKinds),
  /** Ours. null: never used. */
  last_used_at: time.nullable(),
})

const example = {
  id: 'apikey_3v8kq0m2c4n6p8r0t2v4x6z8',
  created_at: '2026-02-01T21:03:00.000Z',
  expires_at: null,
  created_by: { id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8', type: 'user' },
  name: 'Laptop',
  partial_key_hint: 'lsk_Ab3d…9xyz',
  principal: { type: 'user_actor', user_id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8' },
  scope: { type: 'organization' },
  status: 'active',
  type: 'api_key',
  workspace_id: null,
  kind: 'coding_agent',
  last_used_at: null,
} as const

const params = z.object({ api_key_id: z.string() })

/** Longest life a key may be given: ten years. */
const longestLifeSeconds = 315_360_000

export const keys = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/api_keys',
    summary: 'Keys, newest first: everybody’s for those who may see them, else your own.',
    query: pageQuery.extend({
      status: z.enum(keyStatuses).optional(),
      created_by_user_id: z.string().optional(),
    }),
    output: page(key),
    access: 'keys:read_own',
    event: null,
    example: pageOf(example),
  }),
  get: endpoint({
    method: 'GET',
    path: '/v1/organizations/api_keys/{api_key_id}',
    summary: 'One key.',
    params,
    output: key,
    access: 'keys:read_own',
    event: null,
    example,
  }),
  create: endpoint({
    method: 'POST',
    path: '/v1/organizations/api_keys',
    summary: 'Creates a key of your own. Its secret is in this answer and nowhere else. (Ours.)',
    body: z.object({
      name: displayName(100),
      kind: z.enum(keyKinds).default('coding_agent'),
      expires_in_seconds: z.number().int().min(60).max(longestLifeSeconds).nullable().default(null),
    }),
    output: key.extend({ secret: z.string() }),
    status: 201,
    access: 'keys:create_coding_agent',
    event: 'keys.created',
    failures: ['permission_denied'],
    example: { ...example, secret: `lsk_${'A'.repeat(43)}000000` },
  }),
  change: endpoint({
    method: 'POST',
    path: '/v1/organizations/api_keys/{api_key_id}',
    summary: 'Renames a key, or sets it active, inactive (can be undone) or archived (for good).',
    params,
    body: z
      .object({
        name: displayName(100).optional(),
        status: z.enum(['active', 'inactive', 'archived']).optional(),
      })
      .refine(body => body.name !== undefined || body.status !== undefined, 'give name or status'),
    output: key,
    access: 'keys:write_own',
    event: 'keys.renamed',
    failures: ['key_archived'],
    example,
  }),
}

import * as z from 'zod'
import { providerKinds } from '../gateway-contract.ts'
import { endpoint } from './endpoint.ts'
import { displayName, time } from './shapes.ts'

const provider = z.object({
  id: z.string(),
  type: z.literal('provider'),
  kind: z.enum(providerKinds),
  name: z.string(),
  base_url: z.string().nullable(),
  /** Prefix and last four of the secret; null where none is needed. */
  secret_hint: z.string().nullable(),
  created_at: time,
})

const example = {
  id: 'provider_3v8kq0m2c4n6p8r0t2v4x6z8',
  type: 'provider',
  kind: 'anthropic',
  name: 'Anthropic',
  base_url: 'https://api.anthropic.com',
  secret_hint: 'sk-…Ab3d',
  created_at: '2026-02-01T21:03:00.000Z',
} as const

const params = z.object({ provider_id: z.string() })
const secret = z
  .string()
  .trim()
  .min(8)
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/, 'a secret is one word of printable ASCII')
const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .transform(url => url.replace(/\/+$/, ''))
  .refine(url => !/[?#@]/.test(url), 'give scheme, host and path only')

export const providers = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/providers',
    summary: 'Model providers, in the order they are tried.',
    output: z.object({ data: z.array(provider) }),
    access: 'providers:read',
    event: null,
    example: { data: [example] },
  }),
  create: endpoint({
    method: 'POST',
    path: '/v1/organizations/providers',
    summary: 'Adds a provider. Its secret is sealed and never shown again.',
    body: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('sandbox'), name: displayName(100).default('Sandbox') }),
      z.object({
        kind: z.literal('anthropic'),
        name: displayName(100).default('Anthropic'),
        base_url: baseUrl.default('https://api.anthropic.com'),
        secret,
      }),
    ]),
    output: provider,
    status: 201,
    access: 'providers:write',
    event: 'providers.created',
    example,
  }),
  change: endpoint({
    method: 'POST',
    path: '/v1/organizations/providers/{provider_id}',
    summary:
      'Renames a provider, gives it a new secret, or moves it to another address together with its secret.',
    params,
    body: z.object({
      name: displayName(100).optional(),
      base_url: baseUrl.optional(),
      secret: secret.optional(),
    }),
    output: provider,
    access: 'providers:write',
    event: 'providers.updated',
    example,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/v1/organizations/providers/{provider_id}',
    summary: 'Removes a provider and its secret.',
    params,
    output: z.object({ id: z.string(), type: z.literal('provider_deleted') }),
    access: 'providers:write',
    event: 'providers.deleted',
    example: { id: example.id, type: 'provider_deleted' },
  }),
}

import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { time } from './shapes.ts'

/** Managed settings as a stock agent reads them: an open document of the vendor's keys. */
const settings = z.record(z.string().max(100), z.json())

const policy = z.object({
  type: z.literal('policy'),
  /** null while nothing has been published. */
  uuid: z.string().nullable(),
  checksum: z.string().nullable(),
  settings,
  published_at: time.nullable(),
})

const example: z.input<typeof policy> = {
  type: 'policy',
  uuid: '0d4f6d1e-66cf-4b5c-8d5b-2a3f0f5b8c21',
  checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  settings: { availableModels: ['sandbox'], permissions: { deny: ['WebFetch'] } },
  published_at: '2026-02-01T21:03:00.000Z',
}

export const policies = {
  get: endpoint({
    method: 'GET',
    path: '/v1/organizations/policies/managed_settings',
    summary: 'The managed settings that agents of this organisation receive.',
    output: policy,
    access: 'policies:read',
    event: null,
    example,
  }),
  publish: endpoint({
    method: 'POST',
    path: '/v1/organizations/policies/managed_settings',
    summary:
      'Publishes managed settings. `availableModels` is also enforced by the gateway. Helpers, credentials and addresses are refused here: they come from the machine’s own managed file only.',
    body: z.object({ settings }),
    output: policy,
    access: 'policies:write',
    event: 'policies.published',
    failures: ['invalid_request'],
    example,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/v1/organizations/policies/managed_settings',
    summary: 'Takes the managed settings back.',
    output: policy,
    access: 'policies:write',
    event: 'policies.deleted',
    example: { type: 'policy', uuid: null, checksum: null, settings: {}, published_at: null },
  }),
}

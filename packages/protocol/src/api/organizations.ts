import * as z from 'zod'
import { endpoint } from './endpoint.ts'

const organization = z.object({ id: z.uuid(), name: z.string(), type: z.literal('organization') })

export const organizations = {
  me: endpoint({
    method: 'GET',
    path: '/v1/organizations/me',
    summary: 'The organisation that the credential belongs to.',
    output: organization,
    access: 'organizations:read',
    event: null,
    example: { id: '6f1d7a2e-8f4c-4c53-9f39-0a4c5c1c7a11', name: 'Acme', type: 'organization' },
  }),
}

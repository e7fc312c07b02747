import * as z from 'zod'
import { permissions } from '../codes/permissions.ts'
import { endpoint } from './endpoint.ts'
import { page, pageOf, pageQuery, role, time } from './shapes.ts'

const session = z.object({
  id: z.string(),
  type: z.literal('session'),
  /** `web`: a browser. `agent`: a coding agent or `latch` on a machine. */
  kind: z.enum(['web', 'agent']),
  user: z.object({ id: z.string(), email: z.string(), name: z.string() }),
  /** What signed in, in its own words: a browser's or agent's User-Agent. A hint, not a proof. */
  user_agent: z.string(),
  address: z.string(),
  created_at: time,
  last_used_at: time,
  expires_at: time,
  /** Whether this is the session that asks. */
  current: z.boolean(),
})

const example = {
  id: 'session_3v8kq0m2c4n6p8r0t2v4x6z8',
  type: 'session',
  kind: 'agent',
  user: { id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8', email: 'ada@acme.test', name: 'Ada' },
  user_agent: 'latch/0.1.0 (linux x64; laptop)',
  address: '127.0.0.1',
  created_at: '2026-02-01T21:03:00.000Z',
  last_used_at: '2026-02-01T21:08:00.000Z',
  expires_at: '2026-05-02T21:03:00.000Z',
  current: false,
} as const

const current = z.object({
  type: z.literal('session_current'),
  /** How the caller came in; null for a key. */
  session: z
    .object({
      id: z.string(),
      kind: z.enum(['web', 'agent']),
      created_at: time,
      expires_at: time,
      /** A fresh session may approve agents and add passkeys. */
      fresh: z.boolean(),
      /** Made by the set-up link before the owner's address was proved. */
      setting_up: z.boolean(),
    })
    .nullable(),
  user: z.object({ id: z.string(), email: z.string(), name: z.string(), role }),
  organization: z.object({ id: z.string(), name: z.string() }),
  permissions: z.array(z.enum(permissions)),
})

export const sessions = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/sessions',
    summary: 'Live sessions: everybody’s for those who may see them, else your own.',
    query: pageQuery.extend({ user_id: z.string().optional() }),
    output: page(session),
    access: 'sessions:read_own',
    event: null,
    example: pageOf(example),
  }),
  current: endpoint({
    method: 'GET',
    path: '/v1/organizations/sessions/current',
    summary: 'Who is asking, in which organisation, and what they may do.',
    output: current,
    access: 'signed_in',
    event: null,
    example: {
      type: 'session_current',
      session: {
        id: example.id,
        kind: 'web',
        created_at: example.created_at,
        expires_at: example.expires_at,
        fresh: true,
        setting_up: false,
      },
      user: { ...example.user, role: 'owner' },
      organization: { id: '6f1d7a2e-8f4c-4c53-9f39-0a4c5c1c7a11', name: 'Acme' },
      permissions: ['organizations:read'],
    },
  }),
  end: endpoint({
    method: 'DELETE',
    path: '/v1/organizations/sessions/{session_id}',
    summary: 'Ends a session. `current` ends the one that asks. Refused at its next request.',
    params: z.object({ session_id: z.string() }),
    output: z.object({ id: z.string(), type: z.literal('session_ended') }),
    access: 'sessions:end_own',
    event: 'sessions.ended',
    example: { id: example.id, type: 'session_ended' },
  }),
}

import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { page, pageOf, pageQuery, time } from './shapes.ts'

const line = z.object({
  id: z.string(),
  type: z.literal('audit_line'),
  at: time,
  /** A name of the audit-event table. */
  event: z.string(),
  title: z.string(),
  actor: z.object({
    /** `user`: a person. `operator`: somebody on the server's own host. `system`: the server by itself. */
    type: z.enum(['user', 'operator', 'system']),
    id: z.string().nullable(),
    email: z.string().nullable(),
    /** The session or key that was used. */
    by: z.string().nullable(),
    address: z.string().nullable(),
  }),
  target: z.object({ type: z.string(), id: z.string() }).nullable(),
  details: z.record(z.string(), z.json()),
  request_id: z.string().nullable(),
})

const example = {
  id: 'audit_3v8kq0m2c4n6p8r0t2v4x6z8',
  type: 'audit_line',
  at: '2026-02-01T21:03:00.000Z',
  event: 'keys.created',
  title: 'Key created',
  actor: {
    type: 'user',
    id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8',
    email: 'ada@acme.test',
    by: 'session_3v8kq0m2c4n6p8r0t2v4x6z8',
    address: '127.0.0.1',
  },
  target: { type: 'key', id: 'apikey_3v8kq0m2c4n6p8r0t2v4x6z8' },
  details: { name: 'Laptop', kind: 'coding_agent' },
  request_id: 'req_3v8kq0m2c4n6p8r0t2v4x6z8',
} as const

export const audit = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/audit_lines',
    summary: 'What happened, newest first.',
    query: pageQuery.extend({
      event: z.string().optional(),
      user_id: z.string().optional(),
      request_id: z.string().optional(),
      target_id: z.string().optional(),
    }),
    output: page(line),
    access: 'audit:read',
    event: null,
    example: pageOf(example),
  }),
}

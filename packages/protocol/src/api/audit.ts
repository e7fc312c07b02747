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

const head = z.object({
  id: z.string(),
  type: z.literal('audit_head'),
  /** How many lines the chain had. */
  sequence: z.number().int(),
  /** The hash of the last of them (docs/audit-chain.md). */
  hash: z.string(),
  at: time,
  /** RFC 7515, compact, EdDSA over organisation, sequence, hash and time; its header names the key. */
  jws: z.string(),
})

const headExample = {
  id: 'audithead_3v8kq0m2c4n6p8r0t2v4x6z8',
  type: 'audit_head',
  sequence: 1204,
  hash: '5f2c8f0d7c1b4e6a9d3f1a0b8c7e6d5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d',
  at: '2026-02-01T21:03:00.000Z',
  jws: 'eyJhbGciOiJFZERTQSJ9.eyJzZXF1ZW5jZSI6MTIwNH0.c2lnbmF0dXJl',
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
  heads: endpoint({
    method: 'GET',
    path: '/v1/organizations/audit_heads',
    summary: 'Signed heads of the audit chain, newest first, to be kept elsewhere.',
    query: pageQuery,
    output: page(head),
    access: 'audit:read',
    event: null,
    example: pageOf(headExample),
  }),
}

import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { page, pageOf, pageQuery, time } from './shapes.ts'

const call = z.object({
  id: z.string(),
  type: z.literal('usage_call'),
  request_id: z.string(),
  at: time,
  duration_ms: z.number().int(),
  user: z.object({ id: z.string(), email: z.string(), name: z.string() }),
  session_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
  address: z.string(),
  endpoint: z.enum(['messages', 'count_tokens']),
  provider: z.string(),
  model: z.string(),
  stream: z.boolean(),
  status: z.number().int(),
  outcome: z.enum(['complete', 'client_abort', 'provider_cut', 'refused', 'timeout']),
  input_tokens: z.number().int(),
  output_tokens: z.number().int(),
  cache_read_tokens: z.number().int(),
  cache_write_tokens: z.number().int(),
  /** false: the reply broke off, the counts are what had arrived. */
  counted: z.boolean(),
})

const example = {
  id: 'usage_3v8kq0m2c4n6p8r0t2v4x6z8',
  type: 'usage_call',
  request_id: 'req_3v8kq0m2c4n6p8r0t2v4x6z8',
  at: '2026-02-01T21:03:00.000Z',
  duration_ms: 412,
  user: { id: 'user_3v8kq0m2c4n6p8r0t2v4x6z8', email: 'ada@acme.test', name: 'Ada' },
  session_id: 'session_3v8kq0m2c4n6p8r0t2v4x6z8',
  api_key_id: null,
  address: '127.0.0.1',
  endpoint: 'messages',
  provider: 'Sandbox',
  model: 'sandbox',
  stream: true,
  status: 200,
  outcome: 'complete',
  input_tokens: 12,
  output_tokens: 30,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  counted: true,
} as const

const totals = z.object({
  calls: z.number().int(),
  input_tokens: z.number().int(),
  output_tokens: z.number().int(),
  people: z.number().int(),
})

export const usage = {
  list: endpoint({
    method: 'GET',
    path: '/v1/organizations/usage/calls',
    summary:
      'Calls through the gateway, newest first: everybody’s for those who may see them, else your own.',
    query: pageQuery.extend({ user_id: z.string().optional(), model: z.string().optional() }),
    output: page(call),
    access: 'usage:read_own',
    event: null,
    example: pageOf(example),
  }),
  summary: endpoint({
    method: 'GET',
    path: '/v1/organizations/usage/summary',
    summary: 'Totals of the last 24 hours and 30 days, with one row a day for a plot.',
    output: z.object({
      type: z.literal('usage_summary'),
      last_24_hours: totals,
      last_30_days: totals,
      /** UTC days, oldest first; days without a call are there with zeros. */
      days: z.array(totals.extend({ date: z.iso.date() })),
    }),
    access: 'usage:read_own',
    event: null,
    example: {
      type: 'usage_summary',
      last_24_hours: { calls: 1, input_tokens: 12, output_tokens: 30, people: 1 },
      last_30_days: { calls: 1, input_tokens: 12, output_tokens: 30, people: 1 },
      days: [{ date: '2026-02-01', calls: 1, input_tokens: 12, output_tokens: 30, people: 1 }],
    },
  }),
}

import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { time } from './shapes.ts'

/** Eight letters without vowels, with or without the dash, in any case (RFC 8628 §6.1). */
const userCode = z
  .string()
  .max(40)
  .transform(code => code.toUpperCase().replace(/[^A-Z0-9]/g, ''))

const asking = {
  /** The client's name as registered here. */
  client: z.string(),
  /** What it calls itself. A hint, not a proof. */
  user_agent: z.string(),
  /** The address that the request came from. */
  address: z.string(),
  asked_at: time,
  expires_at: time,
}

const askingExample = {
  client: 'latch',
  user_agent: 'latch/0.1.0 (linux x64; laptop)',
  address: '127.0.0.1',
  asked_at: '2026-02-01T21:03:00.000Z',
  expires_at: '2026-02-01T21:13:00.000Z',
}

export const oauth = {
  findDevice: endpoint({
    method: 'POST',
    path: '/v1/oauth/device',
    summary: 'Who shows this user code, and from where. Guessing is limited.',
    body: z.object({ user_code: userCode }),
    output: z.object({ type: z.literal('device_request'), user_code: z.string(), ...asking }),
    access: 'agents:connect',
    event: null,
    failures: ['user_code_unknown', 'rate_limited'],
    example: { type: 'device_request', user_code: 'WDJB-MJHT', ...askingExample },
  }),
  decideDevice: endpoint({
    method: 'POST',
    path: '/v1/oauth/device/decide',
    summary: 'Approves or refuses the agent that shows this user code. Needs a fresh session.',
    body: z.object({ user_code: userCode, approve: z.boolean() }),
    output: z.object({ type: z.literal('device_decided'), approved: z.boolean() }),
    access: 'fresh',
    event: 'oauth.device_approved',
    failures: ['user_code_unknown', 'rate_limited', 'permission_denied'],
    example: { type: 'device_decided', approved: true },
  }),
  getInteraction: endpoint({
    method: 'GET',
    path: '/v1/oauth/interactions/{uid}',
    summary: 'What asks to sign in by this browser (authorization code flow).',
    params: z.object({ uid: z.string().max(100) }),
    output: z.object({
      type: z.literal('interaction'),
      uid: z.string(),
      redirect_host: z.string(),
      ...asking,
    }),
    access: 'agents:connect',
    event: null,
    failures: ['interaction_gone'],
    example: { type: 'interaction', uid: 'x', redirect_host: '127.0.0.1', ...askingExample },
  }),
  decideInteraction: endpoint({
    method: 'POST',
    path: '/v1/oauth/interactions/{uid}',
    summary:
      'Lets the asking program in, or refuses it. The browser then goes to `redirect_to`. Needs a fresh session.',
    params: z.object({ uid: z.string().max(100) }),
    body: z.object({ approve: z.boolean() }),
    output: z.object({ type: z.literal('interaction_decided'), redirect_to: z.string() }),
    access: 'fresh',
    event: 'oauth.device_approved',
    failures: ['interaction_gone', 'permission_denied'],
    example: { type: 'interaction_decided', redirect_to: 'http://localhost:4180/oauth/authorize/x' },
  }),
}

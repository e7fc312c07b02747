import * as z from 'zod'
import { endpoint } from './endpoint.ts'
import { displayName, emailAddress, time } from './shapes.ts'

/** A single-use secret from a link's fragment. */
const linkSecret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not a link of this server')
/** What a browser's WebAuthn call takes and gives (WebAuthn §5); checked in depth by the library that verifies it. */
const ceremonyOptions = z.object({ ceremony_id: z.string(), options: z.record(z.string(), z.json()) })
const ceremonyResponse = z.looseObject({ id: z.string().max(1400), type: z.literal('public-key') })
const answered = { ceremony_id: z.string().max(100), response: ceremonyResponse }
const started = z.object({ type: z.literal('session_started'), return_to: z.string() })
const startedExample = { type: 'session_started', return_to: '/' } as const
const ceremonyExample = {
  ceremony_id: 'ceremony_3v8kq0m2c4n6p8r0t2v4x6z8',
  options: { challenge: 'c2VjcmV0' },
}

/** Where to go after signing in: a path of this console only; anything else becomes `/`. */
const returnTo = z
  .string()
  .max(2000)
  .optional()
  .transform(path => (path !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : '/'))

const owner = { organization_name: displayName(100), email: emailAddress, name: displayName(100) }

const passkey = z.object({
  id: z.string(),
  type: z.literal('passkey'),
  name: z.string(),
  created_at: time,
  last_used_at: time.nullable(),
})

export const signIn = {
  state: endpoint({
    method: 'GET',
    path: '/v1/sign_in',
    summary: 'What the sign-in page needs to know before anybody is signed in.',
    output: z.object({
      type: z.literal('sign_in_state'),
      /** Whether an organisation exists. */
      set_up: z.boolean(),
      signed_in: z.boolean(),
      /** `smtp`: mail goes out. `outbox`: mail lands in a folder of the server. */
      mail: z.enum(['smtp', 'outbox']),
      /** Whether this browser may read the outbox page. */
      outbox_readable: z.boolean(),
    }),
    access: 'public',
    event: null,
    example: { type: 'sign_in_state', set_up: true, signed_in: false, mail: 'smtp', outbox_readable: false },
  }),
  beginSetup: endpoint({
    method: 'POST',
    path: '/v1/sign_in/setup/begin',
    summary: 'Begins making the owner’s passkey. The set-up link stays good.',
    body: z.object({ token: linkSecret, ...owner }),
    output: ceremonyOptions,
    access: 'public',
    event: null,
    failures: ['setup_link_spent', 'setup_done'],
    example: ceremonyExample,
  }),
  setup: endpoint({
    method: 'POST',
    path: '/v1/sign_in/setup',
    summary:
      'Spends the set-up link: creates the organisation and its owner, who signs in by the given passkey, or by the e-mail link that is sent now.',
    body: z.object({ token: linkSecret, ...owner, passkey: z.object(answered).optional() }),
    output: z.object({ type: z.literal('set_up'), next: z.enum(['signed_in', 'mail_sent']) }),
    status: 201,
    access: 'public',
    event: 'organizations.created',
    failures: ['setup_link_spent', 'setup_done', 'passkey_refused'],
    example: { type: 'set_up', next: 'signed_in' },
  }),
  sendLink: endpoint({
    method: 'POST',
    path: '/v1/sign_in/links',
    summary: 'Sends a sign-in link. The answer is the same whether or not the address is known.',
    body: z.object({ email: emailAddress, return_to: returnTo }),
    output: z.object({ type: z.literal('link_sent') }),
    status: 202,
    access: 'public',
    event: 'sign_in.link_sent',
    example: { type: 'link_sent' },
  }),
  spendLink: endpoint({
    method: 'POST',
    path: '/v1/sign_in/links/spend',
    summary:
      'Signs in by the secret of a link. Works once, within 15 minutes, in the browser that asked for it.',
    body: z.object({ token: linkSecret }),
    output: started,
    access: 'public',
    event: 'sessions.started',
    failures: ['sign_in_link_spent', 'sign_in_link_elsewhere'],
    example: startedExample,
  }),
  beginPasskey: endpoint({
    method: 'POST',
    path: '/v1/sign_in/passkeys/begin',
    summary: 'Begins a sign-in by passkey; names nobody.',
    output: ceremonyOptions,
    access: 'public',
    event: null,
    example: ceremonyExample,
  }),
  usePasskey: endpoint({
    method: 'POST',
    path: '/v1/sign_in/passkeys/use',
    summary: 'Signs in by passkey; an open session becomes fresh.',
    body: z.object({ ...answered, return_to: returnTo }),
    output: started,
    access: 'public',
    event: 'sessions.started',
    failures: ['passkey_refused'],
    example: startedExample,
  }),
  listPasskeys: endpoint({
    method: 'GET',
    path: '/v1/sign_in/passkeys',
    summary: 'Your passkeys.',
    output: z.object({ data: z.array(passkey) }),
    access: 'signed_in',
    event: null,
    example: {
      data: [
        {
          id: 'passkey_3v8kq0m2c4n6p8r0t2v4x6z8',
          type: 'passkey',
          name: 'This laptop',
          created_at: '2026-02-01T21:03:00.000Z',
          last_used_at: null,
        },
      ],
    },
  }),
  beginAddPasskey: endpoint({
    method: 'POST',
    path: '/v1/sign_in/passkeys/add/begin',
    summary: 'Begins adding a passkey to your account.',
    output: ceremonyOptions,
    access: 'fresh',
    event: null,
    example: ceremonyExample,
  }),
  addPasskey: endpoint({
    method: 'POST',
    path: '/v1/sign_in/passkeys/add',
    summary: 'Adds a passkey to your account.',
    body: z.object({ ...answered, name: displayName(100) }),
    output: passkey,
    status: 201,
    access: 'fresh',
    event: 'sign_in.passkey_added',
    failures: ['passkey_refused'],
    example: {
      id: 'passkey_3v8kq0m2c4n6p8r0t2v4x6z8',
      type: 'passkey',
      name: 'This laptop',
      created_at: '2026-02-01T21:03:00.000Z',
      last_used_at: null,
    },
  }),
  removePasskey: endpoint({
    method: 'DELETE',
    path: '/v1/sign_in/passkeys/{passkey_id}',
    summary: 'Removes one of your passkeys.',
    params: z.object({ passkey_id: z.string() }),
    output: z.object({ id: z.string(), type: z.literal('passkey_deleted') }),
    access: 'fresh',
    event: 'sign_in.passkey_removed',
    failures: ['last_passkey'],
    example: { id: 'passkey_3v8kq0m2c4n6p8r0t2v4x6z8', type: 'passkey_deleted' },
  }),
  outbox: endpoint({
    method: 'GET',
    path: '/v1/sign_in/outbox',
    summary:
      'Mail that a server without SMTP has written: only at a loopback address, not through a proxy, and only for the session that set the server up.',
    output: z.object({
      data: z.array(
        z.object({ id: z.string(), at: time, to: z.string(), subject: z.string(), text: z.string() }),
      ),
    }),
    access: 'public',
    event: null,
    example: {
      data: [
        {
          id: 'mail_3v8kq0m2c4n6p8r0t2v4x6z8',
          at: '2026-02-01T21:03:00.000Z',
          to: 'ada@acme.test',
          subject: 'Sign in to Acme',
          text: 'Open this link …',
        },
      ],
    },
  }),
}

import { Failure } from '@latchstring/protocol'
import { actorOf } from '../audit/service.ts'
import type { Base } from '../base/base.ts'
import type { Caller, Origin } from '../base/caller.ts'
import type { Reply, Routes } from '../base/routes.ts'
import { anyOrganization } from '../organizations/service.ts'
import type { Entry } from './enter.ts'
import { linkSeconds, sendLink, spendLink } from './links.ts'
import {
  addPasskey,
  beginAddPasskey,
  beginPasskey,
  listPasskeys,
  removePasskey,
  usePasskey,
} from './passkeys.ts'
import type { PasskeyRow } from './queries.ts'
import { beginSetup, setup } from './setup.ts'

const time = (at: number) => new Date(at).toISOString()

const show = (row: PasskeyRow) => ({
  id: row.id,
  type: 'passkey' as const,
  name: row.name,
  created_at: time(row.created_at),
  last_used_at: row.last_used_at === null ? null : time(row.last_used_at),
})

const letIn = (reply: Reply, entry: Entry) => reply.setCookie('session', entry.secret, entry.maxAgeSeconds)

/**
 * Whoever set this server up may read their mail in the browser, on this machine only: there is no mail server yet, and
 * a proxy in between would make "this machine" untrue.
 */
const outboxReader = (base: Base, origin: Origin, caller: Caller | null): Caller | null =>
  base.settings.loopback && base.mailer.kind === 'outbox' && !origin.forwarded && caller?.session?.settingUp
    ? caller
    : null

export const signInRoutes: Routes<'signIn'> = {
  state: async ({ base, origin, caller }) => ({
    type: 'sign_in_state',
    set_up: await anyOrganization(base),
    signed_in: caller !== null && !caller.session?.settingUp,
    mail: base.mailer.kind,
    outbox_readable: outboxReader(base, origin, caller) !== null,
  }),

  beginSetup: ({ base, body }) => beginSetup(base, body),

  async setup({ base, origin, caller, body, reply }) {
    const done = await setup(base, body, origin, caller)
    letIn(reply, done.entry)
    if (done.next === 'mail_sent') reply.setCookie('link', done.browser, linkSeconds)
    return { type: 'set_up', next: done.next }
  },

  async sendLink({ base, origin, body, reply }) {
    const { browser } = await sendLink(base, { email: body.email, returnTo: body.return_to }, origin)
    reply.setCookie('link', browser, linkSeconds)
    return { type: 'link_sent' }
  },

  async spendLink({ base, origin, caller, body, reply }) {
    const entry = await spendLink(base, body.token, origin, caller)
    letIn(reply, entry)
    reply.clearCookie('link')
    return { type: 'session_started', return_to: entry.returnTo }
  },

  beginPasskey: ({ base, origin }) => beginPasskey(base, origin),

  async usePasskey({ base, origin, caller, body, reply }) {
    letIn(reply, await usePasskey(base, body, origin, caller))
    return { type: 'session_started', return_to: body.return_to }
  },

  listPasskeys: async ({ base, caller }) => ({
    data: (await listPasskeys(base, caller.person.id)).map(show),
  }),

  beginAddPasskey: ({ base, caller }) => beginAddPasskey(base, caller),

  addPasskey: async ({ base, origin, caller, body }) =>
    show(await addPasskey(base, actorOf(caller, origin), caller.person.id, body)),

  async removePasskey({ base, origin, caller, params }) {
    await removePasskey(base, actorOf(caller, origin), caller.person.id, params.passkey_id)
    return { id: params.passkey_id, type: 'passkey_deleted' }
  },

  async outbox({ base, origin, caller }) {
    const reader = outboxReader(base, origin, caller)
    if (reader === null) throw new Failure('not_found')
    const mails = (await base.mailer.outbox()).filter(mail => mail.to === reader.person.email)
    return { data: mails.map(mail => ({ ...mail, at: time(mail.at) })) }
  },
}

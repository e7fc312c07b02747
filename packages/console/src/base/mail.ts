import { mkdirSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '@latchstring/kit/log'
import { emailAddress } from '@latchstring/protocol/api/shapes'
import { newId } from '@latchstring/protocol/base/ids'
import { createTransport } from 'nodemailer'

export type Mail = { to: string; subject: string; text: string }

/** A mail as it lies in the outbox folder. */
export type OutboxMail = Mail & { id: string; at: number }

/**
 * Sends mail, or lays it into the outbox folder of a server without SMTP. What carries a link is never stored in the
 * database; it is handed over right after the transaction that made the link.
 */
export type Mailer = {
  kind: 'smtp' | 'outbox'
  send(mail: Mail): Promise<void>
  /** The newest mails of the outbox folder, newest first. Empty with SMTP. */
  outbox(): Promise<OutboxMail[]>
}

/** Most mails that the outbox page shows. */
const shown = 20

export function makeMailer(options: {
  smtpUrl: string | null
  from: string
  folder: string
  now: () => number
  log: Logger
}): Mailer {
  if (options.smtpUrl === null) return makeOutbox(options.folder, options.now)
  const transport = createTransport({
    url: options.smtpUrl,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
  })
  return {
    kind: 'smtp',
    async send({ to, subject, text }) {
      mustBeOneAddress(to)
      await transport.sendMail({
        from: options.from,
        to,
        subject,
        text,
        envelope: { from: options.from, to: [to] },
      })
    },
    outbox: async () => [],
  }
}

/**
 * Connects to the mail server and signs in there, and sends nothing.
 *
 * @throws Error that says why not
 */
export async function verifySmtp(url: string, timeoutMs: number): Promise<void> {
  const times = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url, ...times })
  try {
    await transport.verify()
  } finally {
    transport.close()
  }
}

/** The library reads lists, groups and names out of a recipient; only one bare address gets as far as that. */
function mustBeOneAddress(to: string): void {
  if (!emailAddress.safeParse(to).success) throw new Error('the recipient is not one e-mail address')
}

function makeOutbox(folder: string, now: () => number): Mailer {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    kind: 'outbox',
    async send(mail) {
      mustBeOneAddress(mail.to)
      const id = newId('mail', now())
      const draft = join(folder, `.${id}`)
      await writeFile(draft, JSON.stringify({ id, at: now(), ...mail }, null, 2), { mode: 0o600, flag: 'wx' })
      await rename(draft, join(folder, `${id}.json`))
    },
    async outbox() {
      const names = (await readdir(folder)).filter(name => /^mail_[0-9a-z]+\.json$/.test(name))
      const newest = names.sort().reverse().slice(0, shown)
      return await Promise.all(
        newest.map(async name => JSON.parse(await readFile(join(folder, name), 'utf8')) as OutboxMail),
      )
    },
  }
}

import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLog } from '@latchstring/kit/log'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { makeMailer } from './mail.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const log = makeLog('silent', { write: () => {} })

type Received = { from: string; to: string[]; text: string }

async function smtp(refuse = false) {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => done(refuse ? new Error('no such mailbox') : null),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(one => one.address),
          text: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  closing.push(() => new Promise<void>(resolve => server.close(resolve)))
  const mailer = makeMailer({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    from: 'Latchstring <door@acme.test>',
    folder: '/nonexistent',
    now: Date.now,
    log,
  })
  return { mailer, received }
}

function outbox(now: () => number = Date.now) {
  const folder = join(mkdtempSync(join(tmpdir(), 'latchstring-mail-')), 'outbox')
  closing.push(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
  return { folder, mailer: makeMailer({ smtpUrl: null, from: 'door@acme.test', folder, now, log }) }
}

describe('with SMTP', () => {
  test('a mail arrives at its one recipient, as plain text', async () => {
    const { mailer, received } = await smtp()
    const url = `https://latch.acme.test/sign-in#token=${'t'.repeat(43)}`
    await mailer.send({ to: 'ada@acme.test', subject: 'Sign in to Ácme', text: `Open\n\n${url}\n` })
    expect(mailer.kind).toBe('smtp')
    expect(received).toHaveLength(1)
    const [mail] = received
    expect(mail).toMatchObject({ from: 'door@acme.test', to: ['ada@acme.test'] })
    expect(mail?.text).toContain('\r\nFrom: Latchstring <door@acme.test>\r\n'.slice(2))
    expect(mail?.text).toMatch(/^Content-Type: text\/plain/m)
    expect(mail?.text).not.toMatch(/text\/html/)
    expect(mail?.text.replaceAll(/=\r\n/g, '').replaceAll('=3D', '=')).toContain(url)
    expect(await mailer.outbox()).toEqual([])
  })

  test.each([
    'ada@acme.test\r\nBcc: evil@evil.test',
    'ada@acme.test,evil@evil.test',
    'ada@acme.test, Evil <evil@evil.test>',
    'group: ada@acme.test, evil@evil.test;',
    '"evil@evil.test"@acme.test',
    'evil@evil.test (ada@acme.test',
    'Ada <evil@evil.test>',
  ])('an address %j never adds a recipient', async to => {
    const { mailer, received } = await smtp()
    await expect(mailer.send({ to, subject: 'x', text: 'x' })).rejects.toThrow('not one e-mail address')
    expect(received).toEqual([])
  })

  test('a subject of several lines adds no header', async () => {
    const { mailer, received } = await smtp()
    await mailer.send({ to: 'ada@acme.test', subject: 'Hello\r\nBcc: evil@evil.test', text: 'x' })
    expect(received[0]?.to).toEqual(['ada@acme.test'])
    expect(received[0]?.text).not.toMatch(/^Bcc:/m)
  })

  test('a refusal by the mail server comes out', async () => {
    const { mailer } = await smtp(true)
    const sent = mailer.send({ to: 'ada@acme.test', subject: 'x', text: 'x' })
    await expect(sent).rejects.toThrow('no such mailbox')
  })
})

describe('without SMTP', () => {
  test('an address that is not one address is refused too', async () => {
    const { folder, mailer } = outbox()
    const sent = mailer.send({ to: 'ada@acme.test,evil@evil.test', subject: 'x', text: 'x' })
    await expect(sent).rejects.toThrow('not one e-mail address')
    expect(readdirSync(folder)).toEqual([])
  })

  test('a mail lies in the outbox, readable by this user only', async () => {
    const { folder, mailer } = outbox(() => 1_700_000_000_000)
    const mail = { to: 'ada@acme.test', subject: 'Sign in', text: 'Open this' }
    await mailer.send(mail)
    expect(mailer.kind).toBe('outbox')
    expect(await mailer.outbox()).toEqual([
      { id: expect.stringMatching(/^mail_/), at: 1_700_000_000_000, ...mail },
    ])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const [name = ''] = readdirSync(folder)
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  test('the newest twenty are shown, newest first; what is no mail is passed over', async () => {
    const { folder, mailer } = outbox()
    for (let i = 0; i < 22; i++) await mailer.send({ to: 'ada@acme.test', subject: `${i}`, text: '' })
    writeFileSync(join(folder, '.mail_half'), '{')
    writeFileSync(join(folder, 'notes.txt'), 'x')
    const subjects = (await mailer.outbox()).map(mail => Number(mail.subject))
    expect(subjects).toEqual(Array.from({ length: 20 }, (_, i) => 21 - i))
  })
})

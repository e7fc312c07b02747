import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

it('needs nothing: the defaults serve this machine', () => {
  expect(readConfig({}, '/srv')).toEqual({
    url: 'http://localhost:4180',
    port: 4180,
    dataFolder: '/srv/data',
    postgres: null,
    keyFile: '/srv/data.key',
    smtpUrl: null,
    mailFrom: 'latchstring@localhost',
    allowPrivate: [],
    accessTokenSeconds: 900,
    logLevel: 'warn',
    listen: ['127.0.0.1', '::1'],
    certificate: null,
    proxies: { networks: [], headers: 'x-forwarded' },
  })
})

it('takes port and address from each other', () => {
  expect(readConfig({ LATCHSTRING_PORT: '5000' }, '/').url).toBe('http://localhost:5000')
  expect(readConfig({ LATCHSTRING_URL: 'http://localhost:6000/' }, '/')).toMatchObject({
    port: 6000,
    url: 'http://localhost:6000',
  })
  expect(
    readConfig({ LATCHSTRING_URL: 'http://localhost:6000', LATCHSTRING_PORT: '7000' }, '/'),
  ).toMatchObject({ port: 7000, url: 'http://localhost:6000' })
})

it('keeps the master key out of the data folder', () => {
  expect(readConfig({ LATCHSTRING_DATA: '/var/lib/latchstring' }, '/').keyFile).toBe(
    '/var/lib/latchstring.key',
  )
})

it('names the variable that cannot be used', () => {
  for (const [name, value] of [
    ['LATCHSTRING_PORT', '80a'],
    ['LATCHSTRING_PORT', '70000'],
    ['LATCHSTRING_URL', 'localhost'],
    ['LATCHSTRING_URL', 'ftp://localhost'],
    ['LATCHSTRING_URL', 'http://127.0.0.1:4180'],
    ['LATCHSTRING_URL', 'http://localhost:4180/path'],
    ['LATCHSTRING_URL', 'http://keys.example.com'],
    ['LATCHSTRING_SMTP_URL', 'mail.example.com'],
    ['LATCHSTRING_ACCESS_TOKEN_SECONDS', '60'],
    ['LATCHSTRING_LOG', 'loud'],
    ['DATABASE_URL', 'mysql://h/d'],
    ['DATABASE_URL', 'postgres://h/d?sslmode=maybe'],
  ] as const) {
    expect(() => readConfig({ [name]: value }, '/')).toThrow(new RegExp(`^${name}: `))
  }
})

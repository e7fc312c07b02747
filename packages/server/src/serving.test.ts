import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

const address = { LATCHSTRING_URL: 'https://keys.example.com' }
const files = { LATCHSTRING_TLS_CERT_FILE: 'tls/chain.pem', LATCHSTRING_TLS_KEY_FILE: '/etc/tls/key.pem' }
const proxy = { LATCHSTRING_TRUSTED_PROXIES: '10.0.0.5, fd00::/64' }

it('serves https by certificate files at the port of the URL', () => {
  expect(readConfig({ ...address, ...files, LATCHSTRING_LISTEN: '0.0.0.0,::' }, '/srv')).toMatchObject({
    url: 'https://keys.example.com',
    port: 443,
    listen: ['0.0.0.0', '::'],
    certificate: { from: 'files', certFile: '/srv/tls/chain.pem', keyFile: '/etc/tls/key.pem' },
    proxies: { networks: [], headers: 'x-forwarded' },
  })
  expect(readConfig({ LATCHSTRING_URL: 'https://keys.example.com:8443', ...files }, '/').port).toBe(8443)
})

it('serves http to named proxies at its own port', () => {
  expect(readConfig({ ...address, ...proxy, LATCHSTRING_LISTEN: '10.0.0.4' }, '/')).toMatchObject({
    url: 'https://keys.example.com',
    port: 4180,
    listen: ['10.0.0.4'],
    certificate: null,
    proxies: { networks: ['10.0.0.5', 'fd00::/64'], headers: 'x-forwarded' },
  })
  const standard = { ...address, ...proxy, LATCHSTRING_PROXY_HEADERS: 'forwarded' }
  expect(readConfig(standard, '/').proxies.headers).toBe('forwarded')
})

it('refuses what would carry a secret unencrypted, and says what it takes', () => {
  const refused: [string, Record<string, string>, RegExp][] = [
    ['LATCHSTRING_LISTEN', { LATCHSTRING_LISTEN: '0.0.0.0' }, /certificate.*named proxy/],
    ['LATCHSTRING_LISTEN', { LATCHSTRING_LISTEN: '::', ...proxy }, /https/],
    ['LATCHSTRING_LISTEN', { LATCHSTRING_LISTEN: '127.0.0.1,192.168.1.5' }, /192\.168\.1\.5/],
    ['LATCHSTRING_URL', address, /certificate.*named proxy/],
    ['LATCHSTRING_URL', { LATCHSTRING_URL: 'http://keys.example.com', ...proxy }, /https/],
    ['LATCHSTRING_URL', files, /https/],
  ]
  for (const [name, environment, what] of refused) {
    expect(() => readConfig(environment, '/')).toThrow(new RegExp(`^${name}: .*${what.source}`))
  }
})

const acme = {
  LATCHSTRING_ACME: 'https://acme.example.com/directory',
  LATCHSTRING_ACME_EMAIL: 'ops@example.com',
  LATCHSTRING_ACME_AGREE: 'yes',
}

it('fetches its certificate where an authority is named and its terms agreed to', () => {
  expect(readConfig({ ...address, ...acme }, '/')).toMatchObject({
    port: 443,
    certificate: { from: 'acme', directory: acme.LATCHSTRING_ACME, email: 'ops@example.com', port: 80 },
  })
  for (const [name, more] of [
    ['LATCHSTRING_ACME_AGREE', { LATCHSTRING_ACME_AGREE: '' }],
    ['LATCHSTRING_ACME_EMAIL', { LATCHSTRING_ACME_EMAIL: '' }],
    ['LATCHSTRING_ACME', { LATCHSTRING_ACME: 'http://acme.example.com' }],
    ['LATCHSTRING_ACME', files],
    ['LATCHSTRING_ACME_PORT', { LATCHSTRING_ACME_PORT: '0' }],
  ] as [string, Record<string, string>][])
    expect(() => readConfig({ ...address, ...acme, ...more }, '/')).toThrow(new RegExp(`^${name}: `))
})

it('names the variable that cannot be used', () => {
  for (const [name, more] of [
    ['LATCHSTRING_TLS_KEY_FILE', { LATCHSTRING_TLS_CERT_FILE: '/a' }],
    ['LATCHSTRING_TLS_CERT_FILE', { LATCHSTRING_TLS_KEY_FILE: '/a' }],
    ['LATCHSTRING_LISTEN', { ...files, LATCHSTRING_LISTEN: 'example.com' }],
    ['LATCHSTRING_TRUSTED_PROXIES', { LATCHSTRING_TRUSTED_PROXIES: '0.0.0.0/0' }],
    ['LATCHSTRING_TRUSTED_PROXIES', { LATCHSTRING_TRUSTED_PROXIES: '10.0.0.0/33' }],
    ['LATCHSTRING_TRUSTED_PROXIES', { LATCHSTRING_TRUSTED_PROXIES: 'proxy.test' }],
    ['LATCHSTRING_PROXY_HEADERS', { ...proxy, LATCHSTRING_PROXY_HEADERS: 'x-real-ip' }],
  ] as [string, Record<string, string>][]) {
    expect(() => readConfig({ ...address, ...more }, '/')).toThrow(new RegExp(`^${name}: `))
  }
})

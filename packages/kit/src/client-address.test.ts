import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { clientOf, clientRule, noteClient } from './client-address.ts'

const read = clientRule({ networks: ['10.0.0.0/8', 'fd00::/8'], headers: 'x-forwarded' })
const from = (peer: string, headers: Record<string, string> = {}) => read({ peer, encrypted: false, headers })

it('W8 believes nobody but a named proxy', () => {
  const headers = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', forwarded: 'for=1.2.3.4' }
  expect(from('203.0.113.9', headers)).toEqual({ address: '203.0.113.9', proxied: false, encrypted: false })
  expect(from('127.0.0.1', headers).address).toBe('127.0.0.1')
})

it('W8 takes the rightmost hop that is not a proxy of ours, whatever a client wrote before it', () => {
  const spoofed = {
    'x-forwarded-for': '1.2.3.4, 10.9.9.9, 203.0.113.9, 10.0.0.7',
    'x-forwarded-proto': 'https',
  }
  expect(from('10.0.0.2', spoofed)).toEqual({ address: '203.0.113.9', proxied: true, encrypted: true })
  expect(from('::ffff:10.0.0.2', spoofed).address).toBe('203.0.113.9')
  expect(from('fd00::2', { 'x-forwarded-for': '[2001:db8::9]:4711' }).address).toBe('2001:db8::9')
})

it('W8 a hop that names nobody ends the way: the proxy before it is counted', () => {
  for (const text of ['unknown', '_hidden', '1.2.3', 'evil.test', '1.2.3.4 5.6.7.8', '1.2.3.4:99999999'])
    expect(from('10.0.0.2', { 'x-forwarded-for': `9.9.9.9, ${text}` }).address).toBe('10.0.0.2')
})

it('a link-local peer is known without its zone', () => {
  expect(from('fe80::1%eth0').address).toBe('fe80::1')
  expect(
    clientRule({ networks: ['fe80::/10'], headers: 'x-forwarded' })({
      peer: 'fe80::1%eth0',
      encrypted: false,
      headers: { 'x-forwarded-for': '9.9.9.9' },
    }).address,
  ).toBe('9.9.9.9')
})

it('when all hops are proxies of ours the first one is the client', () => {
  expect(from('10.0.0.2', { 'x-forwarded-for': '10.0.0.5,10.0.0.4:80' }).address).toBe('10.0.0.5')
})

it('https only where every hop says https', () => {
  const proto = (value: string) =>
    from('10.0.0.2', { 'x-forwarded-for': '9.9.9.9', 'x-forwarded-proto': value }).encrypted
  expect([proto('https'), proto('HTTPS'), proto('http'), proto('https, http'), proto('http, https')]).toEqual(
    [true, true, false, false, false],
  )
  expect(from('10.0.0.2', { 'x-forwarded-proto': 'https' })).toMatchObject({ proxied: true, encrypted: true })
  expect(from('10.0.0.2')).toMatchObject({ proxied: false, encrypted: false })
})

it('W8 the kind of header that the proxy does not write is ignored', () => {
  const both = { 'x-forwarded-for': '9.9.9.9', forwarded: 'for=8.8.8.8;proto=https' }
  expect(from('10.0.0.2', both)).toMatchObject({ address: '9.9.9.9', encrypted: false })
  const standard = clientRule({ networks: ['10.0.0.0/8'], headers: 'forwarded' })
  const given = { peer: '10.0.0.2', encrypted: false }
  expect(standard({ ...given, headers: both })).toMatchObject({ address: '8.8.8.8', encrypted: true })
  const hops = 'for=1.1.1.1;proto=http, For="[2001:db8::7]:80";Proto=https;by=x, for=10.0.0.3;proto=http'
  expect(standard({ ...given, headers: { forwarded: hops } })).toEqual({
    address: '2001:db8::7',
    proxied: true,
    encrypted: true,
  })
})

it('every room reads what was noted, and the socket where nothing was', () => {
  const request = new IncomingMessage(new Socket())
  request.headers['x-forwarded-for'] = '9.9.9.9'
  expect(clientOf(request)).toEqual({ address: '', proxied: false, encrypted: false })
  noteClient(request, { address: '9.9.9.9', proxied: true, encrypted: true })
  expect(clientOf(request).address).toBe('9.9.9.9')
})

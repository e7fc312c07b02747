import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '@latchstring/protocol'
import { request } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addressRule, makeOutbound } from './outbound.ts'

const server = createServer((_request, response) =>
  response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
)
beforeAll(() => new Promise<void>(done => void server.listen(0, '127.0.0.1', done)))
afterAll(() => void server.close())
const port = () => (server.address() as AddressInfo).port

it('refuses private, link-local, metadata and disguised addresses', () => {
  const permitted = addressRule([])
  for (const bad of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'fec0::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'not an address',
    '',
  ]) {
    expect([bad, permitted(bad)]).toEqual([bad, false])
  }
  for (const good of ['1.1.1.1', '160.79.104.10', '2606:4700::1111']) expect(permitted(good)).toBe(true)
})

it('opens only what the operator names', () => {
  const permitted = addressRule(['127.0.0.0/8', 'fd00::/8'])
  expect(permitted('127.0.0.1')).toBe(true)
  expect(permitted('fd00::5')).toBe(true)
  expect(permitted('10.0.0.1')).toBe(false)
})

it('refuses loopback by literal address and by name, and connects once allowed', async () => {
  const closed = makeOutbound({ allowPrivate: [] })
  for (const host of ['127.0.0.1', 'localhost']) {
    await expect(request(`http://${host}:${port()}/`, { dispatcher: closed })).rejects.toBeInstanceOf(Failure)
  }
  const opened = makeOutbound({ allowPrivate: ['127.0.0.0/8'] })
  const reply = await request(`http://127.0.0.1:${port()}/`, { dispatcher: opened })
  expect(reply.statusCode).toBe(302)
  await reply.body.dump()
  await Promise.all([closed.close(), opened.close()])
})

it('refuses loopback in every spelling that an address takes', async () => {
  const closed = makeOutbound({ allowPrivate: [] })
  const hosts = '127.1 2130706433 0x7f000001 0177.0.0.1 0x7f.0.0.01 127.0.0.1. 0 ①②⑦.0.0.1 [::1] [::]'
  for (const host of [
    ...hosts.split(' '),
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
  ]) {
    const reply = await request(`http://${host}:${port()}/`, { dispatcher: closed }).catch(error => error)
    expect([host, reply instanceof Failure && reply.code]).toEqual([host, 'address_refused'])
  }
  await closed.close()
})

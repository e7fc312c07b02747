import { afterEach, describe, expect, test } from 'vitest'
import type { TestBase } from './testing/base.ts'
import { makeTestBase } from './testing/base.ts'
import { addressBlock, throttle } from './throttle.ts'

let base: TestBase
afterEach(() => base?.close())

const rate = { burst: 3, everySeconds: 10 }
const limited = { code: 'rate_limited', status: 429, headers: { 'retry-after': '10' } }

describe('throttle', () => {
  test('lets a burst through, then one for each interval', async () => {
    base = await makeTestBase()
    for (let i = 0; i < 3; i++) await throttle(base, 'a', rate)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
    base.advance(9_999)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
    base.advance(1)
    await throttle(base, 'a', rate)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
  })

  test('a refused try costs nothing, and a rest gives back no more than the burst', async () => {
    base = await makeTestBase()
    for (let i = 0; i < 3; i++) await throttle(base, 'a', rate)
    for (let i = 0; i < 50; i++) await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
    base.advance(24 * 3600 * 1000)
    for (let i = 0; i < 3; i++) await throttle(base, 'a', rate)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
  })

  test('a clock that was set back shuts nobody out, and gives nothing away', async () => {
    base = await makeTestBase()
    await throttle(base, 'a', rate)
    base.advance(-3600 * 1000)
    for (let i = 0; i < 2; i++) await throttle(base, 'a', rate)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
    base.advance(10_000)
    await throttle(base, 'a', rate)
  })

  test('drains by fractions: tries in between lose no time', async () => {
    base = await makeTestBase()
    for (let i = 0; i < 3; i++) await throttle(base, 'a', rate)
    base.advance(15_000)
    await throttle(base, 'a', rate)
    base.advance(5_000)
    await throttle(base, 'a', rate)
    await expect(throttle(base, 'a', rate)).rejects.toMatchObject(limited)
  })

  test('many at once get the burst and no more', async () => {
    base = await makeTestBase()
    const done = await Promise.allSettled(Array.from({ length: 20 }, () => throttle(base, 'a', rate)))
    expect(done.filter(one => one.status === 'fulfilled')).toHaveLength(3)
  })

  test('one name never takes from another', async () => {
    base = await makeTestBase()
    for (let i = 0; i < 3; i++) await throttle(base, 'a', rate)
    await throttle(base, 'b', rate)
  })
})

test.each([
  ['127.0.0.1', '127.0.0.0/8'],
  ['127.8.9.10', '127.0.0.0/8'],
  ['::ffff:127.0.0.2', '127.0.0.0/8'],
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:ffff::', '2001:db8:0:0::/64'],
  ['::1', '127.0.0.0/8'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['', ''],
])('W8 %j is counted as %j', (address, block) => {
  expect(addressBlock(address)).toBe(block)
})

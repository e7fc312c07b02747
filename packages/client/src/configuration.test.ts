import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { accountName, defaultAccount, readConfiguration, writeConfiguration } from './configuration.ts'
import { placesOf } from './places.ts'
import { temporaryWorld } from './testing/temporary-world.ts'

const world = temporaryWorld()
afterEach(() => world.remove())

function put(text: string) {
  const { configuration } = placesOf(world)
  mkdirSync(path.dirname(configuration), { recursive: true })
  writeFileSync(configuration, text)
}

test('what is written is read back, and an empty machine has no account', () => {
  expect(defaultAccount(world)).toBeUndefined()
  const address = 'https://latch.example.com'
  const name = accountName(address)
  writeConfiguration(world, { schemaVersion: 1, defaultAccount: name, accounts: { [name]: { address } } })
  expect(defaultAccount(world)).toEqual({ name, address })
})

test.each([
  'not json',
  'null',
  '{"schemaVersion":2,"accounts":{}}',
  '{"schemaVersion":1,"defaultAccount":"../../x","accounts":{"../../x":{"address":"https://a.test"}}}',
  '{"schemaVersion":1,"defaultAccount":"gone","accounts":{}}',
])('a configuration that cannot be understood is named, not guessed at: %s', text => {
  put(text)
  expect(() => readConfiguration(world)).toThrow(
    /config\.json is not a configuration of this version\. Correct it/,
  )
})

test('account names are readable, fit for a file, and apart for each address', () => {
  expect(accountName('http://localhost:4180')).toMatch(/^localhost-4180-[0-9a-f]{8}$/)
  expect(accountName('http://[::1]:4180')).toMatch(/^1-4180-[0-9a-f]{8}$/)
  expect(accountName('https://a.test/one')).not.toBe(accountName('https://a.test/two'))
})

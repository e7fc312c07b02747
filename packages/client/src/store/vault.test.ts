import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placesOf } from '../places.ts'
import { type TemporaryWorld, temporaryWorld } from '../testing/temporary-world.ts'
import {
  type AccountRecord,
  probeStore,
  readAccount,
  removeAccount,
  StaleWrite,
  writeAccount,
} from './vault.ts'

let world: TemporaryWorld
beforeEach(() => {
  world = temporaryWorld()
})
afterEach(() => world.remove())

const record: AccountRecord = {
  address: 'https://latch.example.com',
  tokenEndpoint: 'https://latch.example.com/oauth/token',
  revocationEndpoint: null,
  email: 'ada@acme.test',
  accessToken: 'access-SECRET',
  issuedAt: 1,
  expiresAt: 2,
  refreshToken: 'refresh-SECRET',
  refreshId: null,
  reauthRequired: false,
  signedInAt: 1,
}
const file = () => path.join(placesOf(world).vaultFolder, 'acme.v1')

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
}

test('a record comes back whole, one generation on with every write', () => {
  expect(readAccount(world, 'acme')).toBeUndefined()
  expect(writeAccount(world, 'acme', record, null).generation).toBe(1)
  expect(writeAccount(world, 'acme', { ...record, refreshId: 'x' }, 1).generation).toBe(2)
  expect(readAccount(world, 'acme')).toEqual({ generation: 2, record: { ...record, refreshId: 'x' } })
})

test('no file holds a token in the clear, and nobody else may read one', () => {
  writeAccount(world, 'acme', record, null)
  for (const name of everyFile(world.home)) {
    expect(readFileSync(name, 'latin1')).not.toMatch(/SECRET/)
    expect(statSync(name).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(name)).mode & 0o777).toBe(0o700)
  }
})

test('a write after somebody else’s write changes nothing', () => {
  writeAccount(world, 'acme', record, null)
  writeAccount(world, 'acme', { ...record, email: 'first@acme.test' }, 1)
  expect(() => writeAccount(world, 'acme', { ...record, email: 'second@acme.test' }, 1)).toThrow(StaleWrite)
  expect(readAccount(world, 'acme')?.record.email).toBe('first@acme.test')
})

test('every single byte of a vault file is guarded: changed anywhere, it does not open as something else', () => {
  writeAccount(world, 'acme', record, null)
  const whole = readFileSync(file())
  for (let at = 0; at < whole.length - 1; at++) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(file(), changed)
    let read: unknown
    try {
      read = readAccount(world, 'acme')?.record
    } catch (error) {
      read = error
    }
    // base64url has spare bits at its end and JSON some freedom: what opens must be the very record.
    if (!(read instanceof Error)) expect(read).toEqual(record)
    else expect(read).toMatchObject({ code: 'store_damaged', exit: 5 })
  }
})

test('a torn file is named with what to do, at any length, and is not removed', () => {
  writeAccount(world, 'acme', record, null)
  const whole = readFileSync(file())
  for (const length of [0, 1, 50, whole.length - 20]) {
    writeFileSync(file(), whole.subarray(0, length))
    expect(() => readAccount(world, 'acme')).toThrow(
      /was damaged or changed by another program\. Run latch login again\./,
    )
    expect(existsSync(file())).toBe(true)
  }
})

test('a vault file under another account’s name does not open', () => {
  writeAccount(world, 'acme', record, null)
  renameSync(file(), path.join(placesOf(world).vaultFolder, 'other.v1'))
  expect(() => readAccount(world, 'other')).toThrow(expect.objectContaining({ code: 'store_damaged' }))
})

test('a file open to others is refused, and the command that closes it is given', () => {
  writeAccount(world, 'acme', record, null)
  chmodSync(file(), 0o644)
  expect(() => readAccount(world, 'acme')).toThrow(
    `${file()} is open to other people (mode 0644). Run: chmod go= '${file()}'`,
  )
  chmodSync(file(), 0o600)
  chmodSync(placesOf(world).keyFile, 0o640)
  expect(() => readAccount(world, 'acme')).toThrow(/key is open to other people \(mode 0640\)/)
})

test('a folder open to others is refused', () => {
  writeAccount(world, 'acme', record, null)
  chmodSync(placesOf(world).vaultFolder, 0o777)
  expect(() => readAccount(world, 'acme')).toThrow(expect.objectContaining({ code: 'store_unsafe', exit: 5 }))
  expect(() => probeStore(world)).toThrow(/Run: chmod go=/)
})

test('a symbolic link is not followed', () => {
  writeAccount(world, 'acme', record, null)
  const aside = path.join(world.home, 'aside')
  renameSync(file(), aside)
  symlinkSync(aside, file())
  expect(() => readAccount(world, 'acme')).toThrow(/is a symbolic link/)
})

test.runIf(process.getuid?.() === 0)('a file of another user is refused', () => {
  writeAccount(world, 'acme', record, null)
  chownSync(file(), 12_345, 12_345)
  expect(() => readAccount(world, 'acme')).toThrow(/belongs to another user \(number 12345, you are 0\)/)
})

test('a lost key is told apart from damage', () => {
  writeAccount(world, 'acme', record, null)
  rmSync(placesOf(world).keyFile)
  expect(() => readAccount(world, 'acme')).toThrow(
    expect.objectContaining({ code: 'store_key_missing', exit: 5 }),
  )
})

test('a key file that holds something else is named', () => {
  writeAccount(world, 'acme', record, null)
  writeFileSync(placesOf(world).keyFile, 'short\n')
  expect(() => readAccount(world, 'acme')).toThrow(/key does not hold a key\. Bring the right file back/)
})

test('a store that cannot be written is found out by the probe, in words', () => {
  writeFileSync(path.join(world.home, '.local'), 'a file where a folder should be')
  expect(() => probeStore(world)).toThrow(/a file stands where a folder should be\. Move that file away/)
})

test('a new sign-in replaces what cannot be read any more', () => {
  writeAccount(world, 'acme', record, null)
  writeFileSync(file(), 'torn')
  writeAccount(world, 'acme', record, null)
  expect(readAccount(world, 'acme')?.record).toEqual(record)
})

test('leftovers of killed processes are swept after an hour, younger ones and others stay', () => {
  probeStore(world)
  const { vaultFolder } = placesOf(world)
  const put = (name: string, ageMinutes: number) => {
    const at = path.join(vaultFolder, name)
    writeFileSync(at, '')
    const seconds = world.now() / 1000 - ageMinutes * 60
    utimesSync(at, seconds, seconds)
  }
  put('old.tmp', 61)
  put('young.tmp', 59)
  put('old.v1', 61)
  probeStore(world)
  expect(readdirSync(vaultFolder).sort()).toEqual(['old.v1', 'young.tmp'])
})

test('forgetting removes the file and says whether there was one', () => {
  writeAccount(world, 'acme', record, null)
  expect([removeAccount(world, 'acme'), removeAccount(world, 'acme')]).toEqual([true, false])
  mkdirSync(file())
  expect(() => removeAccount(world, 'acme')).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
})

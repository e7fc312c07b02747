import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readTar, writeTar } from './tar.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchstring-tar-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sizes = [0, 1, 511, 512, 513, 2 ** 20 + 7]
const pack = () => {
  const files = sizes.map(size => {
    const path = join(folder, `in-${size}`)
    writeFileSync(path, Buffer.alloc(size, `${size}/`))
    return { name: `${size}.bin`, path }
  })
  const packed = join(folder, 'packed.tar')
  writeTar(packed, files, 1_790_000_000_000)
  return packed
}
const unpack = (packed: string) => readTar(packed, name => join(folder, `out-${name}`))

it('gives back every byte of files of every size, in a file of mode 0600', () => {
  const packed = pack()
  expect(statSync(packed).mode & 0o777).toBe(0o600)
  expect(unpack(packed)).toEqual(sizes.map(size => `${size}.bin`))
  for (const size of sizes)
    expect(readFileSync(join(folder, `out-${size}.bin`)).equals(Buffer.alloc(size, `${size}/`))).toBe(true)
})

it('is read by the tar of the system', () => {
  const { stdout, status } = spawnSync('tar', ['tf', pack()], { encoding: 'utf8' })
  expect([status, stdout.trim().split('\n')]).toEqual([0, sizes.map(size => `${size}.bin`)])
})

it('refuses what is cut off, what was changed, and what it does not know', () => {
  const packed = pack()
  const bytes = readFileSync(packed)
  const changed = (name: string, content: Buffer) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const damaged = Buffer.from(bytes)
  damaged[130] = 0x37
  for (const path of [
    changed('cut', bytes.subarray(0, 3000)),
    changed('no-end', bytes.subarray(0, bytes.length - 1024)),
    changed('damaged', damaged),
    changed('text', Buffer.from('not a backup'.repeat(100))),
  ]) {
    let n = 0
    expect(() => readTar(path, () => `${path}-${n++}`)).toThrow(/no whole backup/)
  }
  expect(() => readTar(packed, () => undefined)).toThrow(/it holds "0.bin"/)
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { holdLock } from './lock.ts'

const file = () => path.join(mkdtempSync(path.join(tmpdir(), 'lock-')), 'building')

test('one at a time: the second holder comes in when the first has left', async () => {
  const lock = file()
  const said: string[] = []
  const first = await holdLock(lock)
  const second = holdLock(lock).then(held => {
    said.push('second in')
    return held
  })
  said.push('first out')
  first[Symbol.dispose]()
  using _held = await second
  expect(said).toEqual(['first out', 'second in'])
})

test('a holder that died, or whose number came back, keeps nobody out', async () => {
  const lock = file()
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  writeFileSync(lock, String(pid))
  ;(await holdLock(lock))[Symbol.dispose]()
  writeFileSync(lock, String(process.pid))
  utimesSync(lock, new Date(0), new Date(0))
  ;(await holdLock(lock))[Symbol.dispose]()
  expect(existsSync(lock)).toBe(false)
})

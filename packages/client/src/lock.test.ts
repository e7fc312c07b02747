import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LockOwner, lock, ownerIsDead, tryLock } from './lock.ts'
import { placesOf } from './places.ts'
import { type TemporaryWorld, temporaryWorld } from './testing/temporary-world.ts'

let world: TemporaryWorld
let children: ChildProcess[]
beforeEach(() => {
  world = temporaryWorld()
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  world.remove()
})

const file = () => path.join(placesOf(world).lockFolder, 'acme')

const owner: LockOwner = {
  processId: 7,
  processSpace: 'space',
  bootId: 'boot',
  startTicks: '100',
  nonce: 'n',
}
const here = { processSpace: 'space', bootId: 'boot' }
const alive = { present: true, startTicks: '100', ended: false }

test.each([
  ['alive and beating', owner, here, alive, 500, false],
  ['gone', owner, here, { present: false, startTicks: null, ended: false }, 500, true],
  ['a zombie', owner, here, { ...alive, ended: true }, 500, true],
  ['another process with the same number', owner, here, { ...alive, startTicks: '200' }, 500, true],
  ['alive but stopped for long', owner, here, alive, 31_000, true],
  [
    'in another container, beating',
    owner,
    { ...here, processSpace: 'other' },
    { ...alive, present: false },
    9_000,
    false,
  ],
  ['in another container, silent', owner, { ...here, processSpace: 'other' }, alive, 11_000, true],
  ['of an earlier boot, silent', owner, { ...here, bootId: 'later' }, alive, 11_000, true],
  ['unreadable, fresh', undefined, here, alive, 500, false],
  ['unreadable, old', undefined, here, alive, 11_000, true],
  ['dated in the future', undefined, here, alive, -11_000, true],
])('an owner that is %s', (_name, who, where, seen, silent, dead) => {
  expect(ownerIsDead(who, where, seen, silent)).toBe(dead)
})

test('a lock is held by one, and free again after its release', () => {
  const first = tryLock(world, 'acme')
  expect(first?.held()).toBe(true)
  expect(tryLock(world, 'acme')).toBeUndefined()
  expect(tryLock(world, 'other')).toBeDefined()
  first?.release()
  expect(tryLock(world, 'acme')).toBeDefined()
})

test('a published lock is never empty and leaves nothing beside it', () => {
  tryLock(world, 'acme')
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ processId: process.pid })
  expect(readdirSync(placesOf(world).lockFolder)).toEqual(['acme'])
})

/** Takes the lock in another process, which then waits to be killed. */
async function holderElsewhere(): Promise<ChildProcess> {
  const program = `
    import { tryLock } from ${JSON.stringify(path.resolve(import.meta.dirname, 'lock.ts'))}
    import { machineWorld } from ${JSON.stringify(path.resolve(import.meta.dirname, 'world.ts'))}
    const held = tryLock({ ...machineWorld(), env: {}, home: ${JSON.stringify(world.home)}, platform: 'linux' }, 'acme')
    console.log(held ? 'held' : 'busy')
    setInterval(() => {}, 1000)`
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--conditions=@latchstring/source', '--input-type=module', '-e', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  const [said] = await once(child.stdout, 'data')
  expect(String(said).trim()).toBe('held')
  return child
}

test('a killed holder’s lock is taken at the first attempt, without waiting', async () => {
  const child = await holderElsewhere()
  expect(tryLock(world, 'acme')).toBeUndefined()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const taken = tryLock(world, 'acme')
  expect(taken?.held()).toBe(true)
  expect(readdirSync(placesOf(world).lockFolder)).toEqual(['acme'])
})

test.runIf(process.platform === 'linux')(
  'a zombie’s lock is taken: it answers signals but holds nothing',
  async () => {
    // The shell becomes `sleep`, which never asks after its child: the killed holder stays a zombie.
    const script = path.resolve(import.meta.dirname, 'lock.ts')
    const program = `import { tryLock } from ${JSON.stringify(script)}
    import { machineWorld } from ${JSON.stringify(path.resolve(import.meta.dirname, 'world.ts'))}
    tryLock({ ...machineWorld(), env: {}, home: ${JSON.stringify(world.home)}, platform: 'linux' }, 'acme')
    process.kill(process.pid, 'SIGKILL')`
    const command = `"$1" --no-warnings --conditions=@latchstring/source --input-type=module -e "$2" & echo $!; exec sleep 60`
    const child = spawn('sh', ['-c', command, 'sh', process.execPath, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [said] = await once(child.stdout, 'data')
    const stat = `/proc/${String(said).trim()}/stat`
    await expect
      .poll(() => readFileSync(stat, 'utf8').split(') ')[1]?.[0], { timeout: 10_000, interval: 10 })
      .toBe('Z')
    expect(tryLock(world, 'acme')?.held()).toBe(true)
  },
)

test('a reaper killed between guard and removal does not keep the lock shut', () => {
  mkdirSync(placesOf(world).lockFolder, { recursive: true, mode: 0o700 })
  const dead = JSON.stringify({ ...ownerHere(), processId: 2 ** 22 + 1 })
  writeFileSync(file(), dead)
  writeFileSync(`${file()}.reap`, dead)
  expect(tryLock(world, 'acme')?.held()).toBe(true)
  expect(existsSync(`${file()}.reap`)).toBe(false)
})

function ownerHere(): LockOwner {
  const probe = tryLock(world, 'probe')
  const written = JSON.parse(
    readFileSync(path.join(placesOf(world).lockFolder, 'probe'), 'utf8'),
  ) as LockOwner
  probe?.release()
  return written
}

test('a holder that slept through its time finds out, and its release does not open the next one’s lock', () => {
  const first = tryLock(world, 'acme')
  const seconds = world.now() / 1000 - 40
  utimesSync(file(), seconds, seconds)
  const second = tryLock(world, 'acme')
  expect([first?.held(), second?.held()]).toEqual([false, true])
  first?.release()
  expect(second?.held()).toBe(true)
})

test('waiting ends with exit code 8 when the holder does not finish', async () => {
  const holder = tryLock(world, 'acme')
  const start = world.clock
  const beat = () => utimesSync(file(), world.clock / 1000, world.clock / 1000)
  const waiting = { ...world, sleep: (milliseconds: number) => world.sleep(milliseconds).then(beat) }
  await expect(lock(waiting, 'acme')).rejects.toMatchObject({ code: 'busy', exit: 8 })
  expect(world.clock - start).toBeGreaterThan(30_000)
  expect(holder?.held()).toBe(true)
})

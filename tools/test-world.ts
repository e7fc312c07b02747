import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What would let a test see the developer's own accounts, keychain, agents, clouds or network. */
const foreign = [
  /^(LATCH|LATCHSTRING|ANTHROPIC|CLAUDE|CODEX|OPENAI|GEMINI|STRIPE)_/,
  /^(AWS|GOOGLE|GCLOUD|CLOUDSDK|AZURE|MSI|IDENTITY|VERTEX|BEDROCK|FOUNDRY)_/,
  /^CLAUDECODE$/,
  /^(XDG|GIT|SSH|GPG|DBUS|KUBE|PG)/,
  /^DATABASE_URL$/,
  /^(https?|no|all|ftp)_proxy$/i,
  /^(NO_COLOR|FORCE_COLOR|CLICOLOR|CLICOLOR_FORCE)$/,
  /^(NODE_OPTIONS|NODE_ENV|NODE_COMPILE_CACHE)$/,
]

/** Said on purpose about the test run itself: `LATCHSTRING_TEST_SEED`, `LATCHSTRING_TEST_CHROMIUM` and the like. */
const meant = /^LATCHSTRING_TEST_/

export const cleanEnvironment = (inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(inherited).filter(
      ([name]) => meant.test(name) || !foreign.some(pattern => pattern.test(name)),
    ),
  )

/** Names the world of a run to what runs in it. */
const marker = 'LATCHSTRING_TEST_WORLD'

export type TestWorld = Disposable & { folder: string; environment: NodeJS.ProcessEnv }

/** A home and a temporary folder of a run's own, and an environment that names nothing of the developer's. */
export function makeTestWorld(added: NodeJS.ProcessEnv = {}): TestWorld {
  const folder = mkdtempSync(path.join(tmpdir(), 'latchstring-test-'))
  const home = path.join(folder, 'home')
  const temporary = path.join(folder, 'tmp')
  mkdirSync(home, { mode: 0o700 })
  mkdirSync(temporary)
  const own = { HOME: home, USERPROFILE: home, TMPDIR: temporary, NO_COLOR: '1', TZ: 'UTC', [marker]: folder }
  return {
    folder,
    environment: { ...cleanEnvironment(process.env), ...own, ...added },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** For vitest started by itself, in an editor for example: makes the running process one of a test world. */
export function enterTestWorld(): void {
  if (process.env[marker] !== undefined) return
  const { environment, ...world } = makeTestWorld()
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(environment, name)) delete process.env[name]
  Object.assign(process.env, environment)
  process.on('exit', () => world[Symbol.dispose]())
}

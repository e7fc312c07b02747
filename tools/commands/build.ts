import { chmodSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { holdLock } from '../lock.ts'
import { runProgram } from '../process.ts'
import { at, changedAt, filesBelow, newestChange, packageNames, readManifest } from '../repository.ts'

/** Written last, dated from before the build began: a file newer than this is not in the build. */
const stamp = at('.dev/built')
const latch = { source: at('packages/cli/src/latch.ts'), built: at('packages/cli/dist/latch.cjs') }
const web = { folder: at('packages/web'), built: at('packages/web/dist/index.html') }

const webSources = () => [
  ...['src', 'public', 'index.html', 'vite.config.ts', 'package.json'].map(name =>
    path.join(web.folder, name),
  ),
  at('packages/protocol/src'),
]
const webPresent = () => existsSync(path.join(web.folder, 'index.html'))

/** Everything a build is made from. */
const sources = () => [
  ...packageNames().flatMap(name =>
    ['src', 'package.json', 'tsconfig.json'].map(part => at('packages', name, part)),
  ),
  ...(webPresent() ? webSources() : []),
  at('tsconfig.base.json'),
  at('tsconfig.build.json'),
  at('package-lock.json'),
  at('tools/commands/build.ts'),
]

const upToDate = () =>
  newestChange(sources()) <= changedAt(stamp) &&
  (existsSync(latch.built) || !existsSync(latch.source)) &&
  (existsSync(web.built) || !webPresent())

/** `tsc -b`. A package without a source yet (TS18003) is passed over; any other error fails. */
async function compile(): Promise<boolean> {
  const { output } = await runProgram('tsc', ['-b', 'tsconfig.build.json', '--pretty', 'false'], {
    output: 'keep',
  })
  const errors = output
    .split('\n')
    .filter(line => /error TS\d+/.test(line) && !line.includes('error TS18003'))
  if (errors.length > 0) process.stdout.write(output)
  return errors.length === 0
}

/** What was compiled from a source that is gone would still be found by an import, and published. */
function removeOrphans() {
  for (const name of packageNames().filter(name => name !== 'web')) {
    const dist = at('packages', name, 'dist')
    for (const file of filesBelow(dist)) {
      const stem = path.relative(dist, file).replace(/(\.d\.ts|\.js)(\.map)?$/, '')
      if (stem === path.relative(dist, file)) continue
      if (
        !existsSync(at('packages', name, 'src', `${stem}.ts`)) &&
        !existsSync(at('packages', name, 'src', `${stem}.tsx`))
      )
        rmSync(file)
    }
  }
}

/** One CommonJS file: it starts fastest. Optional dependencies stay outside, they carry native code. */
async function bundleLatch(): Promise<boolean> {
  if (!existsSync(latch.source)) return true
  const inputs = ['cli', 'client', 'protocol'].map(name => at('packages', name))
  const tables = [at('package-lock.json'), at('tools/commands/build.ts')]
  if (
    changedAt(latch.built) >
    newestChange([
      ...inputs.flatMap(folder => [path.join(folder, 'src'), path.join(folder, 'package.json')]),
      ...tables,
    ])
  ) {
    return true
  }
  const began = new Date()
  const { build } = await import('esbuild')
  const optional = inputs.flatMap(folder => Object.keys(readManifest(folder).optionalDependencies ?? {}))
  const result = await build({
    entryPoints: [latch.source],
    outfile: latch.built,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@latchstring/source'],
    sourcemap: 'linked',
    banner: { js: '#!/usr/bin/env node' },
    external: optional,
    logLevel: 'warning',
  }).catch(() => undefined)
  if (result?.errors.length !== 0) return false
  chmodSync(latch.built, 0o755)
  utimesSync(latch.built, began, began)
  return true
}

async function bundleWeb(): Promise<boolean> {
  if (!webPresent() || changedAt(web.built) > newestChange(webSources())) return true
  const began = new Date()
  const { code, output } = await runProgram('vite', ['build', '--logLevel', 'warn'], {
    cwd: web.folder,
    output: 'keep',
  })
  if (code !== 0) {
    process.stdout.write(output)
    return false
  }
  if (existsSync(web.built)) utimesSync(web.built, began, began)
  return true
}

export async function build(): Promise<boolean> {
  if (upToDate()) return true
  mkdirSync(at('.dev'), { recursive: true })
  using _lock = await holdLock(at('.dev/building'))
  if (upToDate()) return true
  const began = new Date()
  const results = await Promise.all([compile(), bundleLatch(), bundleWeb()])
  if (results.includes(false)) return false
  removeOrphans()
  writeFileSync(stamp, '')
  utimesSync(stamp, began, began)
  return true
}

/** `latch` alone: no types are checked and nothing else is built, so that bin/latch starts whatever else is broken. */
async function buildLatch(): Promise<boolean> {
  mkdirSync(at('.dev'), { recursive: true })
  using _lock = await holdLock(at('.dev/building'))
  return bundleLatch()
}

export async function run(args: string[]): Promise<number> {
  if (args.length > 0 && args[0] !== 'latch') {
    process.stderr.write('dev: build takes nothing, or "latch" for that command alone\n')
    return 2
  }
  const began = performance.now()
  const alone = args[0] === 'latch'
  const fresh = alone ? false : upToDate()
  const done = await (alone ? buildLatch() : build())
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (done && !fresh) process.stderr.write(`dev: built in ${seconds} s\n`)
  if (!done) process.stderr.write('dev: the build failed; what is written above says where\n')
  return done ? 0 : 1
}

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runProgram } from './process.ts'
import { at, packageNames, readManifest } from './repository.ts'

/** What runs on a server, in the packages of this house. */
const serverPackages = ['protocol', 'kit', 'gateway', 'console', 'server']

/** Never shipped: tests, what only tests need, and maps to sources that are not shipped either. */
const stays = (file: string) => /\.test\.(js|d\.ts)$|\.map$|\/dist\/(.*\/)?testing(\/|$)/.test(file)

async function run(cwd: string, file: string, ...args: string[]): Promise<string> {
  const { code, output } = await runProgram(file, args, { cwd, output: 'keep' })
  if (code !== 0) throw new Error(`${file} ${args[0]} ended with ${code}:\n${output}`)
  return output
}

/** A package as it is published: its build without tests, and in the server the web console and latch that fit it. */
function stage(name: string, folder: string): void {
  const source = at('packages', name)
  cpSync(path.join(source, 'package.json'), path.join(folder, 'package.json'))
  cpSync(at('LICENSE'), path.join(folder, 'LICENSE'))
  cpSync(path.join(source, 'dist'), path.join(folder, 'dist'), {
    recursive: true,
    filter: file => !stays(file),
  })
  if (existsSync(path.join(source, 'README.md')))
    cpSync(path.join(source, 'README.md'), path.join(folder, 'README.md'))
  if (name !== 'server') return
  cpSync(at('packages/web/dist'), path.join(folder, 'carried/web'), { recursive: true })
  cpSync(at('packages/cli/dist/latch.cjs'), path.join(folder, 'carried/latch.cjs'))
}

/** Packs every published package into a folder: one tarball each, as `npm publish` would send it. */
export async function shipPackages(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const staging = mkdtempSync(path.join(tmpdir(), 'latchstring-pack-'))
  try {
    for (const name of packageNames().filter(one => !readManifest(at('packages', one)).private)) {
      const staged = path.join(staging, name)
      mkdirSync(staged)
      stage(name, staged)
      await run(staging, 'npm', 'pack', `./${name}`, '--pack-destination', path.resolve(folder))
    }
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  return readdirSync(folder).filter(file => file.endsWith('.tgz'))
}

const starter = `#!/bin/sh
# latchstring, on the Node.js of this machine (24.15 or newer).
self=$(readlink -f "$0")
exec "\${LATCHSTRING_NODE:-node}" --disable-warning=ExperimentalWarning "\${self%/bin/*}/packages/server/dist/main.js" "$@"
`

/** The server as a folder that needs Node.js and nothing else: the locked dependencies of the server alone. */
export async function shipServer(folder: string): Promise<void> {
  const app = path.resolve(folder)
  if (existsSync(app) && readdirSync(app).length > 0) throw new Error(`${app} is not empty`)
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'LICENSE'])
    cpSync(at(file), path.join(app, file))
  for (const name of packageNames())
    cpSync(at('packages', name, 'package.json'), path.join(app, 'packages', name, 'package.json'))
  const only = ['--omit=dev', '--workspace=packages/server', '--include-workspace-root=false']
  await run(app, 'npm', 'ci', ...only, '--ignore-scripts', '--prefer-offline', '--loglevel=error')
  // A package keeps what npm put into it: dependencies in a version of its own.
  for (const name of packageNames().filter(one => !serverPackages.includes(one)))
    rmSync(path.join(app, 'packages', name), { recursive: true })
  for (const name of serverPackages) stage(name, path.join(app, 'packages', name))
  for (const file of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
    rmSync(path.join(app, file), { force: true })
  const { version } = readManifest(at('packages/server'))
  writeFileSync(
    path.join(app, 'package.json'),
    `${JSON.stringify({ name: 'latchstring-server', version, private: true }, null, 2)}\n`,
  )
  mkdirSync(path.join(app, 'bin'))
  writeFileSync(path.join(app, 'bin/latchstring'), starter, { mode: 0o755 })
}

import { readFileSync } from 'node:fs'
import path from 'node:path'

type Locked = {
  version?: string
  license?: string
  link?: boolean
  resolved?: string
  optional?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}
type Lock = { packages: Record<string, Locked> }

/** What is published or deployed, each with what it brings along. */
const programs = [
  ['latch, the command and its library', ['cli', 'client']],
  ['latchstring, the server', ['server']],
  ['the web console, built into static files', ['web']],
] as const

/** Where npm would find a package for one that stands in a folder of the lock: nearest node_modules first. */
function locate(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const key = path.posix.join(folder, 'node_modules', name)
    const entry = lock.packages[key]
    if (entry) return entry.link ? entry.resolved : key
    if (folder === '') return undefined
  }
}

/** Everything that is installed with some packages, from the lock alone; the same on every platform. */
function closure(lock: Lock, starts: string[]): Set<string> {
  const seen = new Set<string>()
  const open = [...starts]
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue
    seen.add(key)
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[key] ?? {}
    for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
      const found = locate(lock, key, name)
      if (found) open.push(found)
    }
  }
  return seen
}

/** docs/dependencies.md: name, version and licence of every package in each program, from package-lock.json. */
export function dependencyPage(root: string): string {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock
  const sections = programs.flatMap(([title, packages]) => {
    const rows = [
      ...closure(
        lock,
        packages.map(name => `packages/${name}`),
      ),
    ]
      .filter(key => key.includes('node_modules/'))
      .map(key => {
        const { version = '?', license = '?' } = lock.packages[key] ?? {}
        return {
          name: key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length),
          version,
          license,
        }
      })
      .map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`)
    const unique = [...new Set(rows)].sort()
    return [
      '',
      `## ${title}`,
      '',
      `${unique.length} packages.`,
      '',
      '| package | version | licence |',
      '|---|---|---|',
      ...unique,
    ]
  })
  return `${['# Dependencies', '', 'Written by `./dev generate` from package-lock.json.', ...sections].join('\n')}\n`
}

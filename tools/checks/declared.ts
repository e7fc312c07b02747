import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { importsBelow } from '../imports.ts'
import { type Manifest, readManifest } from '../repository.ts'

const bareName = (specifier: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1] ?? specifier

const runtime = ({ dependencies, optionalDependencies, peerDependencies }: Manifest) =>
  new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
const development = (manifest: Manifest) => new Set(Object.keys(manifest.devDependencies ?? {}))

/** A file that only this repository runs: a test, what tests stand on, a tool's configuration. */
const isOurs = (file: string) =>
  /\.test\.tsx?$|\/testing\/|\.config\.ts$/.test(file) || !file.startsWith('packages/')

/** Imports that no package.json answers for: a package's own at run time, or the repository's in tests and tools. */
export function undeclaredImports(root: string): string[] {
  const house = readManifest(root)
  const shared = new Set([...runtime(house), ...development(house)])
  const manifests = new Map<string, Manifest>()
  const manifestOf = (file: string): Manifest => {
    let folder = path.posix.dirname(file)
    while (folder !== '.' && !existsSync(path.join(root, folder, 'package.json')))
      folder = path.posix.dirname(folder)
    const known = manifests.get(folder) ?? readManifest(path.join(root, folder))
    manifests.set(folder, known)
    return known
  }
  const problems = new Set<string>()
  for (const { from, specifier, typeOnly } of importsBelow(root, [
    'packages',
    'tools',
    'tests',
    'bench',
    'examples',
  ])) {
    if (/^(\.|\/|node:|virtual:|data:|#)/.test(specifier)) continue
    if (isBuiltin(specifier)) {
      problems.add(`${from}: ${specifier}: write node:${specifier}`)
      continue
    }
    const name = bareName(specifier)
    const own = manifestOf(from)
    if (runtime(own).has(name) || name === own.name) continue
    const lenient = isOurs(from)
    if ((lenient || typeOnly) && development(own).has(name)) continue
    if (lenient && shared.has(name)) continue
    problems.add(`${from}: ${name} is not in the dependencies of ${own.name}`)
  }
  return [...problems]
}

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '@latchstring/protocol'
import type { Contents } from './contents.ts'
import { contentsOf, fileHash, integrityProblems } from './contents.ts'
import type { Manifest } from './manifest.ts'
import { besides, databases, findDifference, manifestName, readManifest } from './manifest.ts'
import { syncFolder } from './take-backup.ts'
import { readTar } from './tar.ts'

const staging = '.restoring'
/** The data lock of whoever restores; nobody's data. */
const noData = (name: string) => name === staging || name.startsWith('server.lock')
const known: readonly string[] = [manifestName, ...besides, ...databases]

const unusable = (why: string) =>
  new Failure('backup_unusable', { message: `This backup cannot be used: ${why}.` })

/**
 * Puts a backup into an empty data folder, checks first and moves last; the main database comes last of all, so that a
 * folder that holds it holds the rest. Whoever calls holds the data lock.
 *
 * @param check looks at the unpacked main database before anything is in its place; throws to refuse it
 * @throws Failure `data_folder_not_empty`, `backup_unusable`, and what `check` throws
 */
export async function restoreBackup(
  backup: string,
  dataFolder: string,
  check: (mainDatabase: string) => Promise<void>,
): Promise<Manifest> {
  if (!existsSync(backup) || !statSync(backup).isFile()) throw unusable(`${backup} is not a file`)
  const here = readdirSync(dataFolder).filter(name => !noData(name))
  if (here.length > 0)
    throw new Failure('data_folder_not_empty', {
      message: `${dataFolder} is not empty: it holds ${here.slice(0, 3).join(', ')}.`,
    })
  const folder = join(dataFolder, staging)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  try {
    const manifest = unpack(backup, folder)
    await check(join(folder, databases[0]))
    const names = [...besides, ...databases].filter(name => manifest.files[name] !== undefined)
    for (const name of [...names].reverse().sort(lastOf(databases[0])))
      renameSync(join(folder, name), join(dataFolder, name))
    syncFolder(dataFolder)
    return manifest
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const lastOf = (name: string) => (a: string, b: string) => Number(a === name) - Number(b === name)

/** Unpacks and verifies: bytes, then structure, then content. */
function unpack(backup: string, folder: string): Manifest {
  const names = readTar(backup, name => (known.includes(name) ? join(folder, name) : undefined))
  if (!names.includes(manifestName)) throw unusable('it has no manifest')
  const manifest = readManifest(readFileSync(join(folder, manifestName), 'utf8'))
  const promised = Object.keys(manifest.files)
  if (names.length !== promised.length + 1 || !promised.every(name => names.includes(name)))
    throw unusable('its files are not those of its manifest')
  if (!promised.includes(databases[0])) throw unusable(`it has no ${databases[0]}`)
  for (const [name, { sha256 }] of Object.entries(manifest.files))
    if (fileHash(join(folder, name)) !== sha256) throw unusable(`${name} was changed or damaged`)
  const contents: Contents = {}
  for (const name of databases.filter(one => promised.includes(one))) {
    const [problem] = integrityProblems(join(folder, name))
    if (problem !== undefined) throw unusable(`${name}: ${problem}`)
    contents[name] = contentsOf(join(folder, name))
  }
  const difference = findDifference(manifest.tables, contents)
  if (difference !== undefined) throw unusable(difference)
  return manifest
}

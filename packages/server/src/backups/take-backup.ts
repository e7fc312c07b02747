import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { Failure } from '@latchstring/protocol'
import type { Contents } from './contents.ts'
import { contentsOf, fileHash, integrityProblems } from './contents.ts'
import type { Manifest } from './manifest.ts'
import { besides, databases, manifestName, notIncluded } from './manifest.ts'
import { writeTar } from './tar.ts'

/** All pages in one step: the copy is of one moment and never begins anew because somebody wrote. */
const everyPage = 2 ** 31 - 1
const staging = '.latchstring-backup-'
/** A folder that a killed backup left is swept away when it is this old. */
const leftMs = 3_600_000

/**
 * Copies a data folder into one file, beside a running server. First the main database, then the usage journal: a call's
 * row is in the journal before its audit line is written, so no audited call of the copy lacks its row. Both copies are
 * checked before the file gets its name; until then there is no file.
 *
 * @param target the file, or a folder that gets a file named by the time
 * @throws Failure `backup_unusable` where the data folder cannot be copied whole
 */
export async function takeBackup(
  dataFolder: string,
  target: string,
  { build, now = Date.now() }: { build: string; now?: number },
): Promise<{ file: string; bytes: number; manifest: Manifest }> {
  const created = new Date(now).toISOString()
  const isFolder = existsSync(target) && statSync(target).isDirectory()
  const file = isFolder ? join(target, `latchstring-${created.replaceAll(/[-:]|\.\d+/g, '')}.backup`) : target
  if (!existsSync(join(dataFolder, databases[0])))
    throw new Failure('backup_unusable', { message: `${dataFolder} holds no ${databases[0]}.` })
  sweep(dirname(file), now)
  const folder = join(dirname(file), `${staging}${process.pid}-${randomBytes(4).toString('hex')}`)
  mkdirSync(folder, { mode: 0o700 })
  try {
    const names: string[] = []
    for (const name of besides) {
      if (!existsSync(join(dataFolder, name))) continue
      copyFileSync(join(dataFolder, name), join(folder, name), constants.COPYFILE_EXCL)
      names.push(name)
    }
    for (const name of databases) {
      if (!existsSync(join(dataFolder, name))) continue
      await copyDatabase(join(dataFolder, name), join(folder, name))
      names.push(name)
    }
    const manifest = describe(folder, names, { build, created })
    writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    const draft = join(folder, 'draft')
    writeTar(
      draft,
      [manifestName, ...names].map(name => ({ name, path: join(folder, name) })),
      now,
    )
    renameSync(draft, file)
    syncFolder(dirname(file))
    return { file, bytes: statSync(file).size, manifest }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { timeout: 5000 })
  try {
    source.exec('PRAGMA query_only = ON')
    await backup(source, to, { rate: everyPage })
  } finally {
    source.close()
  }
}

function describe(
  folder: string,
  names: readonly string[],
  of: { build: string; created: string },
): Manifest {
  const tables: Contents = {}
  for (const name of databases) {
    if (!names.includes(name)) continue
    const problems = integrityProblems(join(folder, name))
    if (problems.length > 0)
      throw new Failure('backup_unusable', { message: `${name} is damaged: ${problems.join('; ')}.` })
    tables[name] = contentsOf(join(folder, name))
  }
  const files = Object.fromEntries(
    names.map(name => {
      const path = join(folder, name)
      return [name, { bytes: statSync(path).size, sha256: fileHash(path) }]
    }),
  )
  return {
    format: 'latchstring-backup',
    version: 1,
    build: of.build,
    created_at: of.created,
    files,
    tables,
    not_included: notIncluded,
  }
}

function sweep(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name.startsWith(staging) && now - statSync(path).mtimeMs > leftMs)
      rmSync(path, { recursive: true, force: true })
  }
}

/** A name is on disk when its folder is. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

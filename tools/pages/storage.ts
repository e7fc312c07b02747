import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqlite } from '../../packages/console/src/base/database.ts'
import { migrate } from '../../packages/console/src/base/migrate.ts'
import { openJournal } from '../../packages/console/src/usage/journal.ts'
import { at } from '../repository.ts'

/** `docs/storage.md`: what a freshly migrated server keeps, read from the databases themselves. */
export async function storagePage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-storage-'))
  try {
    const main = join(folder, 'latchstring.sqlite')
    const database = openSqlite(main)
    await migrate(database)
    await database.close()
    const usage = join(folder, 'usage.sqlite')
    await (await openJournal(usage)).close()
    return `${head}${section(main, 'latchstring.sqlite', 'Everything but usage.')}${section(usage, 'usage.sqlite', 'The usage journal: one row a call, written by its own worker. No prompt, no reply.')}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const head = `# Storage

*Generated from a freshly migrated data folder by \`./dev generate\`. Do not edit.*

Times are integers: milliseconds since 1970, UTC. A column called \`…_hash\` or \`hash\` holds the SHA-256 of a secret that
is stored nowhere. A column called \`sealed_…\` holds an envelope (AES-256-GCM) under the master key, which lies outside
the data folder.
`

function section(path: string, name: string, what: string): string {
  const file = new DatabaseSync(path, { readOnly: true })
  const tables = file
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name")
    .all() as { name: string }[]
  const text = tables.map(({ name: table }) => {
    const columns = file.prepare(`pragma table_info("${table}")`).all() as {
      name: string
      type: string
      notnull: number
      pk: number
    }[]
    const rows = columns.map(
      ({ name: column, type, notnull, pk }) =>
        `| \`${column}\` | ${type} | ${pk > 0 ? 'key' : notnull === 1 ? 'always' : 'may be empty'} |`,
    )
    const promise = promises.get(table)
    return `\n### ${table}\n${promise === undefined ? '' : `\n${promise}\n`}\n| column | type | |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  file.close()
  return `\n## ${name}\n\n${what}\n${text.join('')}`
}

/** What \`base/tables.ts\` says above each table. */
const promises = new Map(
  [
    ...readFileSync(at('packages/console/src/base/tables.ts'), 'utf8').matchAll(
      /^ {2}\/\*\* (.+) \*\/\n {2}(\w+): \{/gm,
    ),
  ].map(([, said = '', table = '']) => [table, said]),
)

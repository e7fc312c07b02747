import { join } from 'node:path'
import { makeLog } from '@latchstring/kit/log'
import type { Base } from '../../base/base.ts'
import { openSqlite } from '../../base/database.ts'
import { sealLines } from '../sealer.ts'

/** A sealer in a process of its own, so that two can meet and one can be killed. Says `sealed` after each chunk. */
const [folder = ''] = process.argv.slice(2)
const database = openSqlite(join(folder, 'latchstring.sqlite'))
const log = makeLog('debug', { write: line => void process.stderr.write(line) })
const base = { database, log } as Base
let more = true
while (more) {
  more = await sealLines(base)
  process.stdout.write('sealed\n')
}
await database.close()

/**
 * How the server grows: how long a second start takes, on a data folder that was used. With --json the last line is one
 * object.
 */
import { quantile } from '../tests/proofs/door/run.ts'
import { measureStarts } from '../tests/proofs/door/second-start.ts'

const given = { starts: 7, calls: 2000, keys: 200, quietMs: 30_000 }
const reach = 1000

const { times } = await measureStarts(given)
const startReadyMs = Math.round(quantile(times, 0.5))
const report = process.argv.includes('--json') ? console.error : console.log
report(`startReadyMs  ${startReadyMs}  (reach ≤ ${reach}; each: ${times.map(Math.round).join(', ')})`)
if (process.argv.includes('--json')) console.log(JSON.stringify({ startReadyMs }))

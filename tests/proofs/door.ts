import { type Proof, recordProofs } from '../../tools/proofs.ts'
import { proveEndings } from './door/endings.ts'
import { proveMessageKills } from './door/message-kills.ts'
import { proveRefreshKills } from './door/refresh-kills.ts'
import { proveRefreshTogether } from './door/refresh-together.ts'
import type { Prove, Scale } from './door/run.ts'
import { readSeed, seeded } from './door/run.ts'
import { proveSecondStart } from './door/second-start.ts'
import { proveNoSecretOnDisk } from './door/secrets-on-disk.ts'

/** THE proofs of the door, in their order: the one that takes a time comes first, while nothing else runs. */
const proofs: Record<string, Prove> = {
  'second-start': proveSecondStart,
  'refresh-kills': proveRefreshKills,
  'refresh-together': proveRefreshTogether,
  'message-kills': proveMessageKills,
  endings: proveEndings,
  'secrets-on-disk': proveNoSecretOnDisk,
}

/** `./dev prove door` runs all and records them; with names of proofs it runs these and records nothing. */
const asked = process.argv.slice(2)
const unknown = asked.filter(name => !Object.hasOwn(proofs, name))
if (unknown.length > 0) {
  console.error(`there is no proof ${unknown.join(', ')}: take of ${Object.keys(proofs).join(', ')}`)
  process.exit(2)
}
// The servers it has started go with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const scale: Scale = process.env['LATCHSTRING_PROVE'] === 'full' ? 'full' : 'small'
const seed = readSeed()
console.log(`seed ${seed} (LATCHSTRING_TEST_SEED=${seed} brings the same moments and choices again)`)

const found: Proof[] = []
for (const [name, prove] of Object.entries(proofs)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const began = performance.now()
  const rows = await prove({ scale, random: seeded(seed) })
  for (const { what, figure, limit, held } of rows)
    console.log(`${held ? 'held  ' : 'BROKEN'} ${what}: ${figure}; limit ${limit}`)
  console.log(`       ${name} took ${Math.round((performance.now() - began) / 1000)} s`)
  found.push(...rows)
}
if (asked.length === 0) recordProofs('door', found)
process.exitCode = found.every(proof => proof.held) ? 0 : 1

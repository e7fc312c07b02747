import { beforeAll, expect, it } from 'vitest'
import type { Proof } from '../../tools/proofs.ts'
import { proveEndings } from './door/endings.ts'
import { proveMessageKills } from './door/message-kills.ts'
import { proveRefreshKills } from './door/refresh-kills.ts'
import { proveRefreshTogether } from './door/refresh-together.ts'
import type { Prove } from './door/run.ts'
import { readSeed, seeded } from './door/run.ts'
import { proveSecondStart } from './door/second-start.ts'
import { proveNoSecretOnDisk } from './door/secrets-on-disk.ts'

/** The proofs of `./dev prove door`, small. */
const seed = readSeed()
beforeAll(() => console.log(`door: seed ${seed} (LATCHSTRING_TEST_SEED)`))

const small = (prove: Prove): Promise<Proof[]> => prove({ scale: 'small', random: seeded(seed) })
const held = async (prove: Prove) => (await small(prove)).filter(row => !row.held)
/** One run is held against the journal and against the audit. */
let killedUnderLoad: Promise<Proof[]> | undefined
const afterKills = async (row: 0 | 1) => {
  killedUnderLoad ??= small(proveMessageKills)
  return (await killedUnderLoad)[row]
}

it('nobody is signed out when the server is killed in the middle of a refresh', async () => {
  expect(await held(proveRefreshKills)).toEqual([])
})

it('fifty processes that present one refresh token at once get one successor', async () => {
  expect(await held(proveRefreshTogether)).toEqual([])
})

it('every delivered reply has one usage row with its tokens, whenever the server is killed', async () => {
  expect(await afterKills(0)).toMatchObject({ held: true })
})

it('every acknowledged write has one audit line, whenever the server is killed', async () => {
  expect(await afterKills(1)).toMatchObject({ held: true })
})

it('what has ended is refused at the next request, and its open stream is cut within a second', async () => {
  expect(await held(proveEndings)).toEqual([])
})

it('a second start comes up on the data that is there', async () => {
  expect(await held(proveSecondStart)).toEqual([])
})

it('no secret that was handed out lies in the data folder or the log', async () => {
  expect(await held(proveNoSecretOnDisk)).toEqual([])
})

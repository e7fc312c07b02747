import { runArea } from '../areas.ts'
import { build } from './build.ts'

/** Proves one area at the full figures; its script records what it found by `recordProofs` of tools/proofs.ts. */
export async function run(args: string[]): Promise<number> {
  if (!(await build())) return 1
  return runArea('prove', 'tests/proofs', args, { LATCHSTRING_PROVE: 'full' })
}

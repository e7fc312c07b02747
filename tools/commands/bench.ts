import { runArea } from '../areas.ts'
import { build } from './build.ts'

/** Measures one area; with --json only one object is written to stdout. */
export async function run(args: string[]): Promise<number> {
  if (!(await build())) return 1
  return runArea('bench', 'bench', args)
}

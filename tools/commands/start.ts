import { become } from '../process.ts'
import { at } from '../repository.ts'
import { build } from './build.ts'

/** Serves until it is told to stop. The server takes this process over, so signals and exit code are its own. */
export async function run(args: string[]): Promise<number> {
  if (!(await build())) return 1
  return become('/bin/sh', [at('bin/latchstring'), 'serve', ...args])
}

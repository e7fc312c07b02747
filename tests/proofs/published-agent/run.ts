import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type Ran = { code: number | null; text: string; seconds: number }

/** Runs a program to its end, at most a minute; both of its outputs together. */
export async function run(
  program: string,
  args: string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Ran> {
  const began = performance.now()
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text: text.trim(), seconds: (performance.now() - began) / 1000 }
}

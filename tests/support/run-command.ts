import { main } from '@latchstring/server/main'

export type Outcome = { status: number; out: string; err: string }

/** Runs a `latchstring` command as the operator's shell would, in this process and in the given environment only. */
export async function runCommand(
  env: Record<string, string>,
  folder: string,
  ...args: string[]
): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const status = await main({
    args,
    env,
    folder,
    out: line => void out.push(line),
    err: line => void err.push(line),
    stopped: Promise.resolve(),
  })
  return { status, out: out.join('\n'), err: err.join('\n') }
}

import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { root } from './repository.ts'

type Options = { env?: NodeJS.ProcessEnv; cwd?: string; output?: 'show' | 'keep' }

/** Runs a program to its end. `keep` returns what it printed, `show` passes it through; a signal counts as 1. */
export function runProgram(
  file: string,
  args: string[],
  options: Options = {},
): Promise<{ code: number; output: string }> {
  const keep = options.output === 'keep'
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? root,
      env: { ...(options.env ?? process.env), ...(keep ? { NO_COLOR: '1' } : {}) },
      stdio: keep ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    })
    const chunks: Buffer[] = []
    child.stdout?.on('data', chunk => chunks.push(chunk))
    child.stderr?.on('data', chunk => chunks.push(chunk))
    child.once('error', reject)
    // The child decides how to end, and we clean up after it. A terminal sends Ctrl-C to both by itself.
    const pass = (signal: NodeJS.Signals) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    for (const signal of signals) process.on(signal, pass)
    child.once('close', code => {
      for (const signal of signals) process.off(signal, pass)
      resolve({ code: code ?? 1, output: stripVTControlCharacters(Buffer.concat(chunks).toString('utf8')) })
    })
  })
}

/** Becomes another program: same process id, so that signals and the exit code are its own. */
export function become(file: string, args: string[], env: NodeJS.ProcessEnv = process.env): never {
  if (!process.execve) throw new Error('process.execve is missing: this needs Node.js 24.15 or newer')
  process.execve(file, [file, ...args], env as Record<string, string>)
  throw new Error(`${file} could not be started`)
}

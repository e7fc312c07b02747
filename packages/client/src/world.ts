import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'

/** One stream of the terminal. `isTTY` is asked only when somebody needs it: finding out loads node:tty. */
export type Output = { readonly isTTY: boolean; write(text: string): void }

/** What is typed. `lines` ends with the input or with the signal. */
export type Input = { readonly isTTY: boolean; lines(signal: AbortSignal): AsyncIterable<string> }

/**
 * Everything outside that the client meets: environment, home folder, clock, terminal, network, processes, chance.
 * Nothing in this package reads `process.env` or the home folder in another way, so a test gives its own world and
 * cannot touch the real one.
 */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute path of the home folder. */
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly hostname: string
  readonly processId: number
  /** The user's number; undefined where the platform has none (Windows). */
  readonly userId: number | undefined
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** Milliseconds since 1970, UTC. */
  now(): number
  /** Resolves after the time, or at once when the signal fires. Never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  randomBytes(count: number): Buffer
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  spawn(command: string, parameters: readonly string[], options: SpawnOptions): ChildProcess
}

/** A built-in module, loaded at its first use; a bundle's start stays free of it. */
const builtin = process.getBuiltinModule

/**
 * The machine this process runs on.
 *
 * @example
 * const credential = await findCredential(machineWorld())
 */
export function machineWorld(): World {
  return {
    env: process.env,
    get home() {
      return process.env['HOME'] || builtin('node:os').homedir()
    },
    platform: process.platform,
    arch: process.arch,
    get hostname() {
      return builtin('node:os').hostname()
    },
    processId: process.pid,
    userId: process.getuid?.(),
    stdin: {
      get isTTY() {
        return builtin('node:tty').isatty(0)
      },
      lines,
    },
    stdout: output(1),
    stderr: output(2),
    now: Date.now,
    sleep,
    randomBytes,
    fetch: (url, init) => fetch(url, init),
    spawn: (command, parameters, options) =>
      builtin('node:child_process').spawn(command, parameters, options),
  }
}

function output(descriptor: 1 | 2): Output {
  return {
    get isTTY() {
      return builtin('node:tty').isatty(descriptor)
    },
    write: text => writeAll(descriptor, text),
  }
}

/** Writes without loading the stream classes, which would cost `latch token` a tenth of its time. */
function writeAll(descriptor: number, text: string) {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

async function* lines(signal: AbortSignal): AsyncIterable<string> {
  const reader = builtin('node:readline').createInterface({ input: process.stdin, signal })
  try {
    for await (const line of reader) yield line
  } finally {
    reader.close()
    process.stdin.pause()
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end)
  })
}

import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const repository = join(import.meta.dirname, '../../..')

/** `bin/latchstring` as an operator starts it, in a process of its own. */
export class ServerProgram {
  readonly #environment: Record<string, string>
  #process: ChildProcess | undefined

  constructor(environment: Record<string, string>) {
    this.#environment = environment
  }

  /** `latchstring init`: @returns the owner's sign-in link */
  init(): string {
    const text = execFileSync(
      join(repository, 'bin/latchstring'),
      ['init', '--organization', 'Acme', '--owner', 'ada@acme.test', '--json'],
      { env: this.#environment, encoding: 'utf8' },
    )
    return (JSON.parse(text) as { sign_in_link: string }).sign_in_link
  }

  async serve(): Promise<void> {
    const child = spawn(join(repository, 'bin/latchstring'), ['serve'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    const said: string[] = []
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on('line', line => {
          said.push(line)
          if (/serves at/.test(line)) resolve()
        })
      child.once('close', () => reject(new Error(`the server ended: ${said.join(' / ')}`)))
    })
  }

  async kill(): Promise<void> {
    if (this.#process === undefined) return
    const ended = once(this.#process, 'close')
    this.#process.kill('SIGKILL')
    await ended
  }
}

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What a person would press at a screen; null: nothing yet. */
export type Person = (screen: string) => string[] | null

const patienceSeconds = 60

/** A program in a terminal that nobody looks at (tmux): its screen can be read, its keys pressed. */
export class Terminal {
  readonly #socket: string
  readonly #environment: Record<string, string>

  constructor(folder: string, cwd: string, environment: Record<string, string>, command: string[]) {
    this.#socket = join(folder, `terminal-${process.hrtime.bigint()}`)
    this.#environment = environment
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '140', '-y', '50', '-c', cwd, ...command)
  }

  /** What stands on the screen; '' when the program has ended. */
  screen(): string {
    try {
      return this.#tmux('capture-pane', '-p', '-J')
    } catch {
      return ''
    }
  }

  /** One after the other, as a hand does: a menu redraws between two keys. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.#tmux('send-keys', key)
      await pause(150)
    }
  }

  /** Types a line, and sends it once it stands there. */
  async enter(words: string): Promise<void> {
    this.#tmux('send-keys', '-l', words)
    await this.waitFor(new RegExp(`[❯>]\\s+${words}`))
    await this.press('Enter')
  }

  /**
   * Waits until the screen shows something. On the way the person answers each screen that has come to rest, and again
   * where the answer changed nothing for three seconds: a screen may be drawn before it listens.
   *
   * @throws Error with the screen where it does not come
   */
  async waitFor(pattern: RegExp, person: Person = () => null): Promise<string> {
    const deadline = performance.now() + patienceSeconds * 1000
    let before = ''
    let answered = { screen: '', at: 0 }
    for (;;) {
      const now = this.screen()
      if (pattern.test(now)) return now
      if (performance.now() > deadline)
        throw new Error(`${pattern} did not come within ${patienceSeconds} s; the screen shows:\n${now}`)
      const fresh = now !== answered.screen || performance.now() - answered.at > 3000
      const keys = now === before && fresh ? person(now) : null
      if (keys !== null) {
        await this.press(...keys)
        answered = { screen: now, at: performance.now() }
      }
      before = now
      await pause(200)
    }
  }

  stop(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // It ended with its program.
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-u', '-S', this.#socket, ...args], {
      env: this.#environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }
}

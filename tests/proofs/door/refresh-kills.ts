import { randomBytes } from 'node:crypto'
import type { Random } from './run.ts'
import { inWords, type Prove, wait } from './run.ts'
import { ServerProgram } from './server-program.ts'
import type { Client, Tokens } from './sign-ins.ts'
import { refresh, sessionOf, signInByDevice } from './sign-ins.ts'
import type { Visitor } from './visitor.ts'

const figures = {
  // One of the kills keeps the server away for longer than a stock agent's repeats live, after replies were lost.
  full: { kills: 200, longOutageMs: 31_000, startKills: 40 },
  small: { kills: 8, longOutageMs: 0, startKills: 0 },
}
/** From the start of the server to its kill, at most: some ten refreshes. */
const latestKillMs = 80
const retryMs = 10
/** About as long as a start takes. */
const startMs = 500

/** A program that renews its sign-in over and over and asks again whenever no answer came. */
class Refresher {
  readonly client: Client
  readonly #agent: Visitor
  readonly #session: string
  #tokens: Tokens
  done = 0
  /** Asked, and not answered yet. */
  open = false
  lost: string[] = []
  /** While set, replies are lost on their way here. */
  losing = false
  #successor: string | undefined
  #paused = false
  #over = false

  constructor(client: Client, agent: Visitor, tokens: Tokens) {
    this.client = client
    this.#agent = agent
    this.#tokens = tokens
    this.#session = sessionOf(tokens)
  }

  async run(): Promise<void> {
    while (!this.#over && this.lost.length === 0) {
      if (this.#paused) await wait(retryMs)
      else await this.#refreshOnce()
    }
  }

  async #refreshOnce(): Promise<void> {
    // Made before the first try and kept over every repeat, as latch writes it to its store.
    const id = this.client === 'latch' ? randomBytes(16).toString('base64url') : undefined
    this.open = true
    for (;;) {
      const answer = await refresh(this.#agent, this.client, this.#tokens.refresh_token, id).catch(() => null)
      if (answer === null || !answer.whole || answer.status >= 500) {
        await wait(retryMs)
        continue
      }
      if (this.losing && answer.status === 200) {
        this.#successor = (JSON.parse(answer.text) as Tokens).refresh_token
        await wait(retryMs)
        continue
      }
      this.open = false
      if (answer.status !== 200) this.lost.push(`${this.client}: ${answer.status} ${answer.text}`)
      else this.#take(JSON.parse(answer.text) as Tokens)
      return
    }
  }

  #take(tokens: Tokens): void {
    if (sessionOf(tokens) !== this.#session) this.lost.push(`${this.client}: another session`)
    if (tokens.refresh_token === this.#tokens.refresh_token) this.lost.push(`${this.client}: not rotated`)
    if (this.#successor !== undefined && this.#successor !== tokens.refresh_token)
      this.lost.push(`${this.client}: another successor`)
    this.#successor = undefined
    this.#tokens = tokens
    this.done += 1
  }

  /** Waits until a reply was given and lost. */
  async lose(): Promise<void> {
    this.losing = true
    while (this.#successor === undefined && this.lost.length === 0) await wait(retryMs)
  }

  /** Lets it finish what it is at, then holds it. */
  async pause(): Promise<void> {
    this.#paused = true
    while (this.open) await wait(retryMs)
  }

  resume(): void {
    this.#paused = false
    this.losing = false
  }

  end(): void {
    this.#over = true
  }

  /** Whether its access token opens the gateway. */
  async isSignedIn(): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.#tokens.access_token}` }
    return (await this.#agent.exchange({ method: 'GET', path: '/v1/models', headers })).status === 200
  }
}

/** Nobody is signed out by a crash of the server, at whatever moment of their refresh it comes. */
export const proveRefreshKills: Prove = async ({ scale, random }) => {
  const { kills, longOutageMs, startKills } = figures[scale]
  const server = await ServerProgram.make()
  try {
    const owner = await server.owner()
    const refreshers = await Promise.all(
      (['latch', 'latch', 'latch', 'stock'] as const).map(async client => {
        const agent = server.visitor()
        return new Refresher(client, agent, (await signInByDevice(agent, owner, client)).tokens)
      }),
    )
    const running = refreshers.map(one => one.run())
    let inRefresh = 0
    for (let kill = 1; kill <= kills; kill++) {
      const long = longOutageMs > 0 && kill === Math.ceil(kills / 2)
      inRefresh += await killAtRandom(server, refreshers, random, long ? longOutageMs : 0)
      if (kill <= startKills) await server.startAndKill(random.below(startMs))
      await server.start()
      for (const one of refreshers) one.resume()
    }
    for (const one of refreshers) one.end()
    await Promise.all(running)
    const signedIn = await Promise.all(refreshers.map(one => one.isSignedIn()))
    const lost = refreshers.flatMap(one => one.lost)
    const out = Math.max(lost.length, signedIn.filter(one => !one).length)
    const done = refreshers.reduce((sum, one) => sum + one.done, 0)
    const again = countRepeats(server)
    await server.stop()
    const integrity = server.integrity()
    if (lost.length > 0) console.error(lost.join('\n'))
    return [
      {
        what: `sign-outs by ${inWords(kills)} kill -9 of the server while 3 clients with a refresh id and a stock agent refresh`,
        figure: `${out} (${inRefresh} kills in mid-refresh, ${startKills} more in mid-start, ${inWords(done)} refreshes, ${again} lost replies given again${longOutageMs > 0 ? ', one outage of 31 s after 3 lost replies' : ''}, integrity_check ${integrity})`,
        limit: 0,
        held: out === 0 && integrity === 'ok' && inRefresh > 0,
      },
    ]
  } finally {
    await server.remove()
  }
}

/** @returns 1 when somebody was in the middle of a refresh */
async function killAtRandom(
  server: ServerProgram,
  refreshers: readonly Refresher[],
  random: Random,
  outageMs: number,
): Promise<number> {
  await wait(random.below(latestKillMs))
  // A stock agent has 30 s: it waits the long outage out. The others have lost a reply before it.
  if (outageMs > 0)
    await Promise.all(refreshers.map(one => (one.client === 'stock' ? one.pause() : one.lose())))
  const open = refreshers.some(one => one.open)
  await server.kill()
  if (outageMs > 0) await wait(outageMs)
  return open ? 1 : 0
}

const countRepeats = (server: ServerProgram) =>
  server.read('latchstring', file =>
    Number(
      file.prepare("select count(*) as n from audit_lines where event = 'sessions.refresh_repeated'").get()?.[
        'n'
      ],
    ),
  )

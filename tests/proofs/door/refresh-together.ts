import { randomBytes } from 'node:crypto'
import { inWords, type Prove } from './run.ts'
import { ServerProgram } from './server-program.ts'
import type { Client, Tokens } from './sign-ins.ts'
import { refresh, signInByDevice } from './sign-ins.ts'

const figures = { full: { rounds: 20 }, small: { rounds: 2 } }
const atOnce = 50

/** Many processes that hold one sign-in refresh at one moment, and all go on with the same successor. */
export const proveRefreshTogether: Prove = async ({ scale }) => {
  const { rounds } = figures[scale]
  const server = await ServerProgram.make()
  try {
    const owner = await server.owner()
    const processes = Array.from({ length: atOnce }, () => server.visitor())
    const rows = []
    for (const client of ['latch', 'stock'] as const) {
      const first = processes[0] ?? server.visitor()
      let { tokens } = await signInByDevice(first, owner, client)
      let errors = 0
      let worst = 1
      for (let round = 0; round < rounds; round++) {
        const given = await together(processes, client, tokens.refresh_token)
        errors += given.errors
        worst = Math.max(worst, new Set(given.tokens.map(one => one.refresh_token)).size)
        tokens = given.tokens[0] ?? tokens
      }
      rows.push({
        what: `successors of one refresh token presented ${atOnce} times at once, ${rounds} rounds, ${client === 'latch' ? 'with one refresh id' : 'as a stock agent without id'}`,
        figure: `${worst} (${inWords(rounds * atOnce)} answers, ${errors} errors)`,
        limit: '1 (0 errors)',
        held: worst === 1 && errors === 0,
      })
    }
    for (const one of processes) one.leave()
    return rows
  } finally {
    await server.remove()
  }
}

async function together(
  processes: readonly ReturnType<ServerProgram['visitor']>[],
  client: Client,
  token: string,
): Promise<{ tokens: Tokens[]; errors: number }> {
  const id = client === 'latch' ? randomBytes(16).toString('base64url') : undefined
  const answers = await Promise.all(
    processes.map(one => refresh(one, client, token, id).catch((error: Error) => error)),
  )
  const good = answers.flatMap(answer =>
    answer instanceof Error || answer.status !== 200 ? [] : [JSON.parse(answer.text) as Tokens],
  )
  return { tokens: good, errors: answers.length - good.length }
}

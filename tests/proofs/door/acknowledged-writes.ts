import { wait } from './run.ts'
import type { ServerProgram } from './server-program.ts'
import { sessionOf, signInByTurns } from './sign-ins.ts'
import type { Visitor } from './visitor.ts'

export type AcknowledgedWrites = {
  /** Ids of keys whose creation was answered. */
  keys: string[]
  /** Ids of agents' sessions whose tokens arrived. */
  sessions: string[]
  end(): Promise<void>
}

const keyPauseMs = 20
const sessionPauseMs = 60

/** Creates keys and signs agents in beside other load, through every outage, and notes what was acknowledged. */
export function acknowledgedWrites(server: ServerProgram, owner: Visitor): AcknowledgedWrites {
  const keys: string[] = []
  const sessions: string[] = []
  const signIn = signInByTurns()
  let over = false
  const repeat = async (pauseMs: number, act: () => Promise<void>) => {
    while (!over) {
      // What was not answered is not acknowledged, whether it happened or not.
      await act().catch(() => {})
      await wait(pauseMs)
    }
  }
  const admin = server.visitor()
  const running = [
    repeat(keyPauseMs, async () => {
      const body = { name: `Key ${keys.length}`, kind: 'api' }
      const headers = { 'x-api-key': server.adminKey }
      keys.push((await admin.ask<{ id: string }>('POST', '/v1/organizations/api_keys', body, headers)).id)
    }),
    repeat(sessionPauseMs, async () => {
      const agent = server.visitor()
      try {
        sessions.push(sessionOf((await signIn(agent, owner)).tokens))
      } finally {
        agent.leave()
      }
    }),
  ]
  return {
    keys,
    sessions,
    async end() {
      over = true
      await Promise.all(running)
      admin.leave()
    },
  }
}

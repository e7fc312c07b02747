import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Command } from '../command.ts'
import type { Config } from '../config.ts'
import { readConfig } from '../config.ts'

const answerWithinMs = 3_000

export const health: Command = {
  summary: 'Ask the running server on this host whether it is ready.',
  help: `latchstring health

Ends with 0 when the server with these settings answers that it is ready, with 1 when it does not. For a container's
HEALTHCHECK and the like.`,
  async run(host) {
    const { ready, said } = await ask(readConfig(host.env, host.folder))
    if (ready) host.out(said)
    else host.err(`latchstring: not ready: ${said}`)
    return ready ? 0 : 1
  },
}

function ask({ certificate, listen, port }: Config): Promise<{ ready: boolean; said: string }> {
  const address = listen[0] ?? '127.0.0.1'
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  const given = { host, port, path: '/readyz', timeout: answerWithinMs }
  return new Promise(resolve => {
    const request =
      certificate === null
        ? plainRequest(given)
        : // Our own listener, by number: no name is proved, nothing is sent, and the answer is yes or no.
          secureRequest({ ...given, rejectUnauthorized: false })
    request.on('response', response => {
      response.resume()
      const { statusCode = 0 } = response
      resolve({ ready: statusCode === 200, said: statusCode === 200 ? 'ready' : `it answers ${statusCode}` })
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${answerWithinMs / 1000} s`)))
    request.on('error', error => resolve({ ready: false, said: error.message }))
    request.end()
  })
}

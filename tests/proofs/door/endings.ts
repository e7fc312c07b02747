import type { Random } from './run.ts'
import { inWords, type Prove, quantile, wait } from './run.ts'
import { ServerProgram } from './server-program.ts'
import { clientFields, newMembers, refresh, sessionOf, signInByTurns } from './sign-ins.ts'
import type { Answer, Visitor } from './visitor.ts'

const figures = { full: { sequences: 300, quiet: 100 }, small: { sequences: 14, quiet: 4 } }
const limitMs = 1000
/** A stream that is still open then was not cut. */
const givenUpMs = 5000

type Person = { id: string; browser: Visitor }
/** Somebody with a credential that is about to end. */
type Holder = {
  name: string
  person: Person
  /** null: a browser's session, which opens no stream. */
  headers: Record<string, string> | null
  asks: Record<string, () => Promise<Answer>>
  endings: Record<string, () => Promise<unknown>>
}

/** Whatever ends, its holder is refused at the very next request, and a stream that is open is cut. */
export const proveEndings: Prove = async ({ scale, random }) => {
  const { sequences, quiet } = figures[scale]
  const server = await ServerProgram.make()
  try {
    const owner = await server.owner()
    await owner.ask('POST', '/v1/organizations/policies/managed_settings', { settings: {} })
    const holders = makeHolders(server, owner, random)
    const through: string[] = []
    const cuts: number[] = []
    const kinds = new Set<string>()
    for (let sequence = 0; sequence < sequences + quiet; sequence++) {
      // In the quiet ones nobody asks anything meanwhile: the stream is cut by itself.
      const asks = sequence < sequences
      const { holder, ending } = await holders.next(sequence, asks)
      const result = await endAndAsk(server, holder, ending, random, asks)
      await holders.leave(holder, ending)
      kinds.add(`${holder.name}: ${ending}`)
      through.push(...result.through.map(what => `${holder.name}, ${ending}: ${what}`))
      if (!asks && result.cutMs !== null) cuts.push(result.cutMs)
    }
    if (through.length > 0) console.error(through.join('\n'))
    const p99 = Math.round(quantile(cuts, 0.99))
    return [
      {
        what: `let through at the request after the end, ${inWords(sequences)} sequences: session, key, member, role`,
        figure: `${through.length} (${kinds.size} kinds of ends)`,
        limit: 0,
        held: through.length === 0,
      },
      {
        what: 'open stream cut after its credential ended, nothing else asked: p99, ms',
        figure: `${p99} (median ${Math.round(quantile(cuts, 0.5))}, ${cuts.length} streams)`,
        limit: limitMs,
        held: p99 <= limitMs,
      },
    ]
  } finally {
    await server.remove()
  }
}

/** @returns what was let through, and how long the open stream lived on */
async function endAndAsk(
  server: ServerProgram,
  holder: Holder,
  ending: string,
  random: Random,
  asks: boolean,
): Promise<{ through: string[]; cutMs: number | null }> {
  const through: string[] = []
  // The same request is good before: a refusal afterwards is the ending's doing. (A refresh would use its token up.)
  const what = random.pick(Object.keys(holder.asks) as [string, ...string[]])
  const before = await holder.asks[what === 'refresh' ? 'models' : what]?.()
  if (before === undefined || before.status >= 300)
    throw new Error(`${holder.name}, ${what}: ${before?.status} before ${ending}: ${before?.text}`)
  const stream = holder.headers === null ? null : await openStream(server.visitor(), holder.headers)
  await holder.endings[ending]?.()
  const ended = performance.now()
  const ask = async () => {
    const answer = await holder.asks[what]?.()
    const refusals = what === 'refresh' ? [400, 401] : [401, 403]
    if (answer === undefined || !refusals.includes(answer.status))
      through.push(`${what}: ${answer?.status} ${answer?.text.slice(0, 200)}`)
  }
  if (asks) await ask()
  const closed = await stream?.closed()
  if (closed !== undefined && !closed.cut) through.push(`its stream: ${closed.how}`)
  if (!asks) await ask()
  return { through, cutMs: closed === undefined ? null : Math.max(0, closed.at - ended) }
}

async function openStream(visitor: Visitor, headers: Record<string, string>) {
  let begun = () => {}
  const first = new Promise<void>(resolve => {
    begun = resolve
  })
  const { answer, request } = visitor.open({
    path: '/v1/messages',
    headers: { ...headers, 'content-type': 'application/json' },
    body: message('sandbox-slow', true),
    arrives: () => begun(),
  })
  const closed = answer.then(reply => ({ reply, at: performance.now() }))
  await Promise.race([first, closed])
  return {
    async closed() {
      const late = wait(givenUpMs).then(() => null)
      const end = await Promise.race([closed, late])
      request.destroy()
      visitor.leave()
      if (end === null) return { cut: false, at: performance.now(), how: `open after ${givenUpMs} ms` }
      return { cut: !end.reply.whole, at: end.at, how: `whole (${end.reply.status})` }
    },
  }
}

/** About ten seconds of `sandbox-slow`. */
const words = 'a long message '.repeat(40)
const message = (model: string, stream: boolean) =>
  JSON.stringify({ model, stream, max_tokens: 1000, messages: [{ role: 'user', content: words }] })

/** People, each with a new token, key or browser's session. Who is still signed in afterwards comes again. */
function makeHolders(server: ServerProgram, owner: Visitor, random: Random) {
  const newMember = newMembers(server, owner)
  const signIn = signInByTurns()
  const idle: Person[] = []
  const agent = server.visitor()
  const person = async () => idle.pop() ?? (await newMember())
  const setRole = (personId: string, role: string) =>
    owner.ask('POST', `/v1/organizations/users/${personId}`, { role })
  const gateway = (headers: Record<string, string>): Holder['asks'] => {
    const json = { ...headers, 'content-type': 'application/json' }
    const post = (path: string, body: string) => () => agent.exchange({ path, headers: json, body })
    const get = (path: string) => () => agent.exchange({ method: 'GET', path, headers })
    return {
      models: get('/v1/models'),
      message: post('/v1/messages', message('sandbox', false)),
      'streamed message': post('/v1/messages?beta=true', message('claude-opus-4-7', true)),
      'count tokens': post('/v1/messages/count_tokens', message('sandbox', false)),
    }
  }
  const byOwner = (personId: string): Holder['endings'] => ({
    'member removed': () => owner.ask('DELETE', `/v1/organizations/users/${personId}`),
    'role lowered': () => setRole(personId, random.pick(['user', 'billing', 'managed'])),
  })

  async function tokenHolder(): Promise<Holder> {
    const somebody = await person()
    const { id, browser } = somebody
    const { client, tokens } = await signIn(agent, browser)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const get = (path: string) => () => agent.exchange({ method: 'GET', path, headers })
    const revoke = (token: string) => () => agent.form('/oauth/revoke', { ...clientFields(client), token })
    const end = (by: Visitor) => () => by.ask('DELETE', `/v1/organizations/sessions/${sessionOf(tokens)}`)
    return {
      name: 'token',
      person: somebody,
      headers,
      asks: {
        ...gateway(headers),
        'own session': get('/v1/organizations/sessions/current'),
        'managed settings': get('/managed/settings'),
        refresh: () => refresh(agent, client, tokens.refresh_token),
      },
      endings: {
        ...byOwner(id),
        'session ended by the owner': end(owner),
        'session ended by its person': end(browser),
        'signed out by its access token': revoke(tokens.access_token),
        'signed out by its refresh token': revoke(tokens.refresh_token),
      },
    }
  }

  async function keyHolder(): Promise<Holder> {
    const somebody = await person()
    const { id, browser } = somebody
    const body = { name: 'Proof', kind: random.pick(['coding_agent', 'api']) }
    const key = await browser.ask<{ id: string; secret: string }>('POST', '/v1/organizations/api_keys', body)
    const headers = { 'x-api-key': key.secret }
    const set = (by: Visitor, status: string) => () =>
      by.ask('POST', `/v1/organizations/api_keys/${key.id}`, { status })
    return {
      name: 'key',
      person: somebody,
      headers,
      asks: gateway(headers),
      endings: {
        ...byOwner(id),
        'key deactivated by the owner': set(owner, 'inactive'),
        'key deactivated by its person': set(browser, 'inactive'),
        'key archived': set(owner, 'archived'),
      },
    }
  }

  async function browserHolder(): Promise<Holder> {
    const person = await newMember()
    const { id, browser } = person
    const { session } = await browser.ask<{ session: { id: string } }>(
      'GET',
      '/v1/organizations/sessions/current',
    )
    // The cookie is kept although the server takes it back.
    const { cookie } = browser
    const holder = server.visitor()
    const send = (method: string, path: string, body?: unknown) => () =>
      holder.send(method, path, body, { cookie })
    return {
      name: 'browser',
      person,
      headers: null,
      asks: {
        'own session': send('GET', '/v1/organizations/sessions/current'),
        'own keys': send('GET', '/v1/organizations/api_keys'),
        'new key': send('POST', '/v1/organizations/api_keys', { name: 'Late' }),
      },
      endings: {
        'member removed': byOwner(id)['member removed'] ?? (async () => {}),
        'session ended by the owner': () => owner.ask('DELETE', `/v1/organizations/sessions/${session.id}`),
        'signed out': () => browser.ask('DELETE', '/v1/organizations/sessions/current'),
      },
    }
  }

  const kinds = { token: tokenHolder, key: keyHolder, browser: browserHolder }
  return {
    /** Every end of every credential once, then by chance. */
    async next(sequence: number, anyKind: boolean): Promise<{ holder: Holder; ending: string }> {
      const turn = turns[sequence]
      // A browser's session opens no stream: it is left out where there is nothing but a stream. Tokens are fewer, since
      // the server admits some sixty sign-ins of a kind at once.
      const kind =
        turn?.[0] ??
        random.pick(anyKind ? ['token', 'key', 'key', 'key', 'browser'] : ['token', 'key', 'key', 'key'])
      const holder = await kinds[kind]()
      const endings = Object.keys(holder.endings) as [string, ...string[]]
      return { holder, ending: endings[turn?.[1] ?? -1] ?? random.pick(endings) }
    },
    async leave({ name, person }: Holder, ending: string): Promise<void> {
      if (name === 'browser' || ending === 'member removed') return person.browser.leave()
      if (ending === 'role lowered') await setRole(person.id, 'developer')
      idle.push(person)
    },
  }
}

type Kind = 'token' | 'key' | 'browser'

/** Each credential with the number of each of its ends. */
const turns: [Kind, number][] = Object.entries({ token: 6, key: 5, browser: 3 }).flatMap(([kind, ends]) =>
  Array.from({ length: ends }, (_, end): [Kind, number] => [kind as Kind, end]),
)

import type { Api } from '@latchstring/protocol/api'
import type { Endpoint, Input, Output } from '@latchstring/protocol/api/endpoint'
import { keepPreviousData, QueryCache, QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { api } from './console.ts'
import { ApiFailure } from './failure.ts'

type Line<Noun extends keyof Api, Verb extends keyof Api[Noun]> = Api[Noun][Verb] extends Endpoint
  ? Api[Noun][Verb]
  : never

/** What an endpoint of the table answers, by its name. */
export type Answer<Noun extends keyof Api, Verb extends keyof Api[Noun]> = Output<Line<Noun, Verb>>

/** One item of a list that an endpoint answers. */
export type ItemOf<Noun extends keyof Api, Verb extends keyof Api[Noun]> =
  Answer<Noun, Verb> extends { data: (infer Item)[] } ? Item : never

/** A reading question to the server; its key begins with the noun, so that a change can name what it made old. */
export function question<Noun extends keyof Api, Verb extends keyof Api[Noun] & string>(
  noun: Noun,
  verb: Verb,
  input?: Input<Line<Noun, Verb>>,
) {
  return queryOptions({
    queryKey: [noun, verb, input ?? {}] as const,
    queryFn: ({ signal }): Promise<Answer<Noun, Verb>> => {
      const ask = api[noun][verb] as unknown as (
        input: unknown,
        more: { signal: AbortSignal },
      ) => Promise<Answer<Noun, Verb>>
      return ask(input, { signal })
    },
  })
}

/** An answer of the server, asked for again `every` so many milliseconds where that is given. */
export function useAnswer<Noun extends keyof Api, Verb extends keyof Api[Noun] & string>(
  noun: Noun,
  verb: Verb,
  input?: Input<Line<Noun, Verb>>,
  { every }: { every?: number } = {},
) {
  return useQuery({
    ...question(noun, verb, input),
    placeholderData: keepPreviousData,
    // A refusal is not asked for again and again; where the server was away, the page comes back by itself.
    refetchInterval: ({ state: { error } }) =>
      every === undefined || (error instanceof ApiFailure && error.status >= 400 && error.status < 500)
        ? false
        : every,
  })
}

/** Asks again only where asking again can help: no answer, or a fault of the server. */
export const makeQueryClient = ({ onSignedOut }: { onSignedOut: () => void }) =>
  new QueryClient({
    queryCache: new QueryCache({
      onError: (failure, query) => {
        // The router asks for the session itself and knows where to go.
        const byRouter = query.queryKey[0] === 'sessions' && query.queryKey[1] === 'current'
        if (!byRouter && failure instanceof ApiFailure && failure.code === 'not_signed_in') onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, failure) =>
          count < 1 && failure instanceof ApiFailure && (failure.status === 0 || failure.status >= 500),
      },
      mutations: { retry: false },
    },
  })

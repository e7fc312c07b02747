import type * as z from 'zod'
import type { EventName } from '../codes/events.ts'
import type { FailureCode } from '../codes/failures.ts'
import type { Permission } from '../codes/permissions.ts'

export type Method = 'GET' | 'POST' | 'DELETE'

/**
 * Who may call: a permission, `public` (nobody need be signed in), `signed_in` (any session or key), or `fresh`
 * (a web session that proved itself within the last 15 minutes).
 */
export type Access = Permission | 'public' | 'signed_in' | 'fresh'

type Schema = z.ZodType | undefined
type ObjectSchema = z.ZodObject | undefined

/**
 * One line of the endpoint table. Routing, validation, OpenAPI, the web's client, the permission-matrix test and the
 * reference page all come from it.
 */
export type Endpoint<
  P extends ObjectSchema = ObjectSchema,
  Q extends ObjectSchema = ObjectSchema,
  B extends Schema = Schema,
  O extends z.ZodType = z.ZodType,
> = {
  method: Method
  /** Parameters in braces, as in OpenAPI: `/v1/organizations/api_keys/{api_key_id}`. */
  path: `/${string}`
  /** One sentence for the reference page. */
  summary: string
  params: P
  query: Q
  body: B
  output: O
  /** 200 where not said. */
  status?: 200 | 201 | 202
  access: Access
  /** The audit line that a success writes; null for reading. */
  event: EventName | null
  /** Failures of its own, beyond those any endpoint may answer. */
  failures?: readonly FailureCode[]
  example: unknown
}

type Given<P extends ObjectSchema, Q extends ObjectSchema, B extends Schema, O extends z.ZodType> = Omit<
  Endpoint<P, Q, B, O>,
  'params' | 'query' | 'body' | 'example'
> & { params?: P; query?: Q; body?: B; example: z.input<NoInfer<O>> }

/** Writes one line of the table; the example must have the output's shape or it does not compile. */
export function endpoint<
  O extends z.ZodType,
  P extends ObjectSchema = undefined,
  Q extends ObjectSchema = undefined,
  B extends Schema = undefined,
>(given: Given<P, Q, B, O>): Endpoint<P, Q, B, O> {
  return { params: undefined as P, query: undefined as Q, body: undefined as B, ...given }
}

type In<S> = S extends z.ZodType ? z.input<S> : never
type Out<S> = S extends z.ZodType ? z.output<S> : undefined

/** What a caller gives. */
export type Input<E extends Endpoint> = (E['params'] extends z.ZodType
  ? { params: In<E['params']> }
  : unknown) &
  (E['query'] extends z.ZodType ? { query?: In<E['query']> } : unknown) &
  (E['body'] extends z.ZodType ? { body: In<E['body']> } : unknown)

/** What a handler gets, after validation. */
export type Parsed<E extends Endpoint> = {
  params: Out<E['params']>
  query: Out<E['query']>
  body: Out<E['body']>
}

/** What a caller gets. */
export type Output<E extends Endpoint> = z.output<E['output']>

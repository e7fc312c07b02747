import * as z from 'zod'
import { failures } from '../codes/failures.ts'
import type { Endpoint } from './endpoint.ts'

type Json = Record<string, unknown>

/** zod's own JSON Schema, without the heads that only a stand-alone schema needs. Additive: unknown fields may come. */
function schema(of: z.ZodType, io: 'input' | 'output'): Json {
  const made = z.toJSONSchema(of, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties
    },
  }) as Json
  delete made['$schema']
  return made
}

function parameters(line: Endpoint): Json[] {
  const of = (object: z.ZodObject | undefined, where: 'path' | 'query') => {
    if (object === undefined) return []
    const { properties = {}, required = [] } = schema(object, 'input') as {
      properties?: Json
      required?: string[]
    }
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      schema: property,
    }))
  }
  return [...of(line.params, 'path'), ...of(line.query, 'query')]
}

function operation(line: Endpoint & { name: string }): Json {
  const codes = [
    'invalid_request',
    ...(line.access === 'public' ? [] : ['not_signed_in']),
    ...(line.failures ?? []),
  ] as const
  const refusals = new Map<number, string[]>()
  for (const code of codes) {
    const { status } = failures[code as keyof typeof failures]
    refusals.set(status, [...(refusals.get(status) ?? []), code])
  }
  return {
    operationId: line.name,
    summary: line.summary,
    'x-access': line.access,
    'x-event': line.event,
    ...(line.access === 'public' ? { security: [] } : {}),
    ...(line.params || line.query ? { parameters: parameters(line) } : {}),
    ...(line.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schema(line.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [String(line.status ?? 200)]: {
        description: 'Done',
        content: { 'application/json': { schema: schema(line.output, 'output'), example: line.example } },
      },
      ...Object.fromEntries(
        [...refusals].map(([status, said]) => [
          String(status),
          {
            description: said.join(', '),
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        ]),
      ),
    },
  }
}

const error = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: {
        type: { type: 'string' },
        message: { type: 'string' },
        code: { type: 'string' },
        hint: { type: 'string' },
      },
    },
    request_id: { type: 'string' },
  },
}

/** OpenAPI 3.1 of the endpoint table. */
export function openApi(
  endpoints: readonly (Endpoint & { name: string })[],
  server = 'http://localhost:4180',
): Json {
  const paths: Record<string, Json> = {}
  for (const line of endpoints) {
    paths[line.path] = { ...paths[line.path], [line.method.toLowerCase()]: operation(line) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latchstring',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    security: [{ apiKey: [] }, { bearer: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'latchstring_session' },
      },
      schemas: { Error: error },
    },
  }
}

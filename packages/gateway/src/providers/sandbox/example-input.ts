type Schema = Readonly<Record<string, unknown>>

const deepest = 8

const formats: Readonly<Record<string, string>> = {
  uri: 'https://example.com/',
  email: 'ada@example.com',
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
}

const schemaOf = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/**
 * A tool's input, made from its JSON Schema: every required property with an example value. Deterministic.
 *
 * @example
 * exampleInput({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }) // { city: 'example' }
 */
export function exampleInput(schema: unknown): Record<string, unknown> {
  return exampleObject(schemaOf(schema), 0)
}

function exampleObject(schema: Schema, depth: number): Record<string, unknown> {
  const properties = schemaOf(schema['properties'])
  const entries = listOf(schema['required'])
    .filter(name => typeof name === 'string')
    .map(name => [
      name,
      exampleValue(Object.hasOwn(properties, name) ? schemaOf(properties[name]) : {}, depth + 1),
    ])
  return Object.fromEntries(entries)
}

function exampleValue(schema: Schema, depth: number): unknown {
  if (depth > deepest) return null
  if ('const' in schema) return schema['const']
  if ('default' in schema) return schema['default']
  const [choice] = [...listOf(schema['examples']), ...listOf(schema['enum'])]
  if (choice !== undefined) return choice
  const [first] = [...listOf(schema['anyOf']), ...listOf(schema['oneOf']), ...listOf(schema['allOf'])]
  if (first !== undefined) return exampleValue(schemaOf(first), depth + 1)
  const [type = 'string'] = [schema['type']].flat()
  switch (type) {
    case 'object':
      return exampleObject(schema, depth)
    case 'array':
      return Number(schema['minItems'] ?? 0) > 0 ? [exampleValue(schemaOf(schema['items']), depth + 1)] : []
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return formats[String(schema['format'])] ?? 'example'
  }
}

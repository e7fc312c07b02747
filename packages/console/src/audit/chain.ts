import { hash } from 'node:crypto'
import type { AuditRow } from './queries.ts'

/**
 * The encoding of docs/audit-chain.md, version 1. Pure: the same line gives the same hash, and whoever follows the page
 * gets it too.
 */
export const version = 'latchstring-audit-line/1'

/** What stands before the first line. */
export const firstHash = '0'.repeat(64)

/** A line of the chain, as it lies in its row. */
export type Line = Omit<AuditRow, 'chain_hash'>

/** What is left of values that were erased, by the names of `valuesOf`. */
export type Erased = {
  commitments: Record<string, string>
  /** The own salts of the line's other values, since the line's salt is gone. */
  salts: Record<string, string>
}

/** A row that no sealer of ours left like this; the message says which column and why. */
export class LineError extends Error {}

const hex = (length: number) => new RegExp(`^[0-9a-f]{${length}}$`)
const isSalt = hex(32)
const isHash = hex(64)

function text(line: Line, column: keyof Line): string | null {
  const value: unknown = line[column]
  if (value !== null && typeof value !== 'string') throw new LineError(`${column} is no text`)
  return value
}

function integer(line: Line, column: 'at' | 'sequence'): number {
  const value: unknown = line[column]
  if (!Number.isSafeInteger(value)) throw new LineError(`${column} is no integer`)
  return value as number
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The members of `details`; undefined where the text is not exactly what JSON.stringify makes of them. */
export function membersOf(details: string): [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(details)
    return isObject(value) && JSON.stringify(value) === details ? Object.entries(value) : undefined
  } catch {
    return undefined
  }
}

const columns = ['actor_id', 'actor_by', 'address', 'target_id'] as const

/** The values that enter the chain as salted hashes only, by name, in their order. */
export function valuesOf(line: Line): [string, unknown][] {
  const details = text(line, 'details') ?? ''
  const members = membersOf(details)?.map(([name, value]): [string, unknown] => [`details.${name}`, value])
  return [
    ...columns.map((column): [string, unknown] => [column, text(line, column)]),
    ...(members ?? [['details', details] as [string, unknown]]),
  ]
}

/**
 * A value's own salt. Who knows it learns nothing of the line's salt, nor of another value's: what could be appended to
 * the hashed bytes begins with 0x80, which begins no UTF-8 character, and so makes no name.
 */
export const saltOf = (lineSalt: string, name: string): string =>
  hash('sha256', Buffer.concat([Buffer.from(lineSalt, 'hex'), Buffer.from(name, 'utf8')]), 'hex')

const commitmentOf = (salt: string, value: unknown): string =>
  hash('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(JSON.stringify(value), 'utf8')]), 'hex')

/** @throws LineError when the column is not what `erase` writes for this line */
function readErased(line: Line, names: readonly string[]): Erased {
  const wrong = (why: string) => new LineError(`erased ${why}`)
  const written = text(line, 'erased') ?? ''
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch {
    throw wrong('is no JSON')
  }
  const { commitments, salts } = (isObject(value) ? value : {}) as Partial<Erased>
  if (!isObject(commitments) || !isObject(salts)) throw wrong('names no commitments or no salts')
  const own = (part: Record<string, unknown>) =>
    Object.fromEntries(names.filter(name => Object.hasOwn(part, name)).map(name => [name, part[name]]))
  const expected = { commitments: own(commitments), salts: own(salts) }
  const parts = [...Object.values(expected.commitments), ...Object.values(expected.salts)]
  if (JSON.stringify(expected) !== written || parts.length !== names.length) {
    throw wrong('does not name each value once, in its order')
  }
  if (!parts.every(part => isHash.test(String(part)))) throw wrong('holds what is no hash')
  return { commitments, salts }
}

/** The commitment of every value, in their order. @throws LineError */
function commitmentsOf(line: Line, values: readonly (readonly [string, unknown])[]): [string, string][] {
  const salt = text(line, 'salt')
  if (text(line, 'erased') === null) {
    if (salt === null || !isSalt.test(salt)) throw new LineError('salt is not 32 hexadecimal digits')
    return values.map(([name, value]) => [name, commitmentOf(saltOf(salt, name), value)])
  }
  if (salt !== null) throw new LineError('salt is there although a value was erased')
  const { commitments, salts } = readErased(
    line,
    values.map(([name]) => name),
  )
  return values.map(([name, value]) => {
    const kept = commitments[name]
    if (kept === undefined) return [name, commitmentOf(salts[name] ?? '', value)]
    if (value !== null) throw new LineError(`${name} was erased and holds a value`)
    return [name, kept]
  })
}

/** What a line commits to: one JSON array as RFC 8785 writes it. @throws LineError */
export function encode(line: Line): string {
  const commitments = commitmentsOf(line, valuesOf(line))
  const details = commitments.slice(columns.length)
  const [only] = details
  return JSON.stringify([
    version,
    text(line, 'organization_id'),
    integer(line, 'sequence'),
    text(line, 'id'),
    integer(line, 'at'),
    text(line, 'event'),
    text(line, 'actor_type'),
    text(line, 'target_type'),
    text(line, 'request_id'),
    ...commitments.slice(0, columns.length).map(([, commitment]) => commitment),
    only?.[0] === 'details'
      ? only[1]
      : details.map(([name, commitment]) => [name.slice('details.'.length), commitment]),
  ])
}

/** The hash of a line after the one that has `previous`. @throws LineError */
export const hashLine = (previous: string, line: Line): string =>
  hash('sha256', Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(encode(line), 'utf8')]), 'hex')

/** What `erase` changes in a row. */
export type ErasedColumns = Pick<Line, (typeof columns)[number] | 'details' | 'salt' | 'erased'>

/**
 * The row without the named values: their commitments stay, so that the line still gives its hash; their salts are gone,
 * so that no guess can be tried against them. Names that the line does not have, or that are erased, change nothing.
 *
 * @returns undefined where nothing is left to erase
 */
export function erase(line: Line, names: ReadonlySet<string>): ErasedColumns | undefined {
  const values = valuesOf(line)
  const going = values.filter(([name, value]) => name !== 'details' && names.has(name) && value !== null)
  if (going.length === 0) return undefined
  const gone = new Set(going.map(([name]) => name))
  const keep = (column: (typeof columns)[number]) => (gone.has(column) ? null : line[column])
  const members = membersOf(line.details)?.map(([name, value]) => [
    name,
    gone.has(`details.${name}`) ? null : value,
  ])
  return {
    actor_id: keep('actor_id'),
    actor_by: keep('actor_by'),
    address: keep('address'),
    target_id: keep('target_id'),
    details: members === undefined ? line.details : JSON.stringify(Object.fromEntries(members)),
    salt: null,
    erased: line.sequence === null ? null : JSON.stringify(left(line, gone, values)),
  }
}

function left(line: Line, gone: ReadonlySet<string>, values: readonly [string, unknown][]): Erased {
  const commitments = Object.fromEntries(commitmentsOf(line, values))
  const names = values.map(([name]) => name)
  const before = line.erased === null ? undefined : readErased(line, names)
  const isGone = (name: string) => gone.has(name) || before?.commitments[name] !== undefined
  const salt = (name: string) => before?.salts[name] ?? saltOf(line.salt ?? '', name)
  const pick = (wanted: boolean, of: (name: string) => string | undefined) =>
    Object.fromEntries(names.filter(name => isGone(name) === wanted).map(name => [name, of(name) ?? '']))
  return { commitments: pick(true, name => commitments[name]), salts: pick(false, salt) }
}

import { expect, it } from 'vitest'
import { endpoints } from '../api.ts'
import { openApi } from './openapi.ts'

it('names every endpoint once and leaves no address twice', () => {
  const addresses = endpoints.map(one => `${one.method} ${one.path.replaceAll(/\{[^}]+\}/g, '{}')}`)
  expect(new Set(addresses).size).toBe(addresses.length)
})

it('declares every parameter that a path names', () => {
  for (const one of endpoints) {
    const named = [...one.path.matchAll(/\{([^}]+)\}/g)].map(match => match[1])
    expect([one.name, Object.keys(one.params?.shape ?? {})]).toEqual([one.name, named])
  }
})

it('gives examples that its own shapes accept', () => {
  for (const one of endpoints)
    expect([one.name, one.output.safeParse(one.example).error]).toEqual([one.name, undefined])
})

it('makes an OpenAPI document with every path, without leftovers of stand-alone schemas', () => {
  const document = openApi(endpoints)
  expect(Object.keys(document['paths'] as object)).toEqual([...new Set(endpoints.map(one => one.path))])
  const text = JSON.stringify(document)
  expect(text).not.toContain('"$schema"')
  expect(text).not.toContain('"~standard"')
})

import { expect, it } from 'vitest'
import { planMove } from './plan-move.ts'

const ends = (from: string, to: string) =>
  Object.entries(planMove(from, to))
    .filter(([, ended]) => ended)
    .map(([what]) => what)

it('another name ends everything that is bound to an address', () => {
  expect(ends('http://localhost:4180', 'https://latch.acme.test')).toEqual([
    'passkeys',
    'webSessions',
    'agentSessions',
  ])
  expect(ends('https://a.acme.test', 'https://acme.test')).toEqual([
    'passkeys',
    'webSessions',
    'agentSessions',
  ])
})

it('the same name keeps passkeys; another port on https keeps browsers signed in too', () => {
  expect(ends('https://a.test', 'https://a.test:8443')).toEqual(['agentSessions'])
  expect(ends('http://localhost:1', 'http://localhost:2')).toEqual(['webSessions', 'agentSessions'])
  expect(ends('http://localhost', 'https://localhost')).toEqual(['webSessions', 'agentSessions'])
})

it('the same address ends nothing', () => {
  expect(ends('https://a.test', 'https://a.test:443')).toEqual([])
})

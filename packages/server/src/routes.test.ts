import { expect, it } from 'vitest'
import { roomOf } from './routes.ts'

it('sends each path to its room', () => {
  expect(roomOf('/v1/messages')).toBe('gateway')
  expect(roomOf('/v1/messages?beta=true')).toBe('gateway')
  expect(roomOf('/v1/messages/count_tokens')).toBe('gateway')
  expect(roomOf('/v1/organizations/me')).toBe('console')
  expect(roomOf('/oauth/token')).toBe('oauth')
  expect(roomOf('/.well-known/oauth-authorization-server')).toBe('oauth')
  expect(roomOf('/managed/settings')).toBe('settings')
  expect(roomOf('/')).toBe('web')
  expect(roomOf('/device?user_code=x')).toBe('web')
})

it('ends a prefix at the end of a segment', () => {
  expect(roomOf('/v1/modelsX')).toBe('console')
  expect(roomOf('/oauthX')).toBe('web')
  expect(roomOf('/v1x/messages')).toBe('web')
})

it('knows no names but those of the table: a request line may hold any text', () => {
  for (const target of [
    'constructor',
    'constructor://x/',
    'toString://',
    '__proto__://x',
    '*',
    'http://x/v1',
  ])
    expect([target, roomOf(target)]).toEqual([target, 'web'])
})

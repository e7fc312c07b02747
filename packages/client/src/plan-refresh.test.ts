import { expect, test } from 'vitest'
import { planRefresh } from './plan-refresh.ts'

const issued = 1_000_000_000
const of = (lifeSeconds: number) => ({
  issuedAt: issued,
  expiresAt: issued + lifeSeconds * 1000,
  reauthRequired: false,
})
const after = (seconds: number) => issued + seconds * 1000

test('a token is handed out while two minutes are left, and not a millisecond less', () => {
  expect(planRefresh(of(900), after(780))).toEqual({ do: 'use' })
  expect(planRefresh(of(900), after(780) + 1)).toEqual({ do: 'renew', usable: true })
})

test('a short token is handed out while a third of its life is left', () => {
  expect(planRefresh(of(90), after(60))).toEqual({ do: 'use' })
  expect(planRefresh(of(90), after(60) + 1)).toEqual({ do: 'renew', usable: true })
})

test('an ended token is never called usable', () => {
  expect(planRefresh(of(900), after(900))).toEqual({ do: 'renew', usable: false })
  expect(planRefresh(of(0), after(0))).toEqual({ do: 'renew', usable: false })
})

test('a clock turned back makes the end unknown, so the token is renewed', () => {
  expect(planRefresh(of(900), after(-3_600))).toEqual({ do: 'renew', usable: false })
  expect(planRefresh(of(900), after(-30))).toEqual({ do: 'use' })
})

test('a refused sign-in asks for a new one, whatever its times say', () => {
  expect(planRefresh({ ...of(900), reauthRequired: true }, after(0))).toEqual({ do: 'sign_in' })
})

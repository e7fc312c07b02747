import { expect, it } from 'vitest'
import type { Arrived, Gateway, Step } from './exchange.ts'
import { startWith } from './journey.ts'
import { attachProviderCredential } from './steps/attach-provider-credential.ts'
import { chooseProvider } from './steps/choose-provider.ts'
import { decidePolicy } from './steps/decide-policy.ts'
import { meter } from './steps/meter.ts'
import { readCall } from './steps/read-call.ts'
import { readCredential } from './steps/read-credential.ts'
import { record } from './steps/record.ts'
import { resolvePrincipal } from './steps/resolve-principal.ts'
import { send } from './steps/send.ts'

it('does not compile in another order', () => {
  const asked = startWith<Arrived>().step(readCredential).step(resolvePrincipal).step(readCall)
  const chosen = asked.step(decidePolicy).step(chooseProvider).step(attachProviderCredential)
  chosen.step(send).step(meter).step(record)

  // @ts-expect-error nobody is resolved before a credential is read
  startWith<Arrived>().step(resolvePrincipal)
  // @ts-expect-error the body is not read before the principal is known
  startWith<Arrived>().step(readCredential).step(readCall)
  // @ts-expect-error no provider is chosen before the policy has decided
  asked.step(chooseProvider)
  // @ts-expect-error nothing is sent before the policy has decided
  asked.step(send)
  // @ts-expect-error nothing is sent without the provider's credential
  asked.step(decidePolicy).step(chooseProvider).step(send)
  // @ts-expect-error nothing is passed on without a meter
  chosen.step(send).step(record)
  expect(chosen).toBeDefined()
})

it('runs its steps in order, each on what those before it added, and stops at the first that throws', async () => {
  const ran: string[] = []
  const one: Step<{ start: number }, { a: number }> = ({ start }) => {
    ran.push('one')
    return { a: start + 1 }
  }
  const two: Step<{ a: number }, { b: number }> = async ({ a }) => {
    ran.push('two')
    if (a > 5) throw new Error('refused')
    return { b: a * 2 }
  }
  const journey = startWith<{ start: number }>().step(one).step(two)
  expect(await journey.run({ start: 1 }, {} as Gateway)).toEqual({ start: 1, a: 2, b: 4 })
  await expect(journey.step(one).run({ start: 9 }, {} as Gateway)).rejects.toThrow('refused')
  expect(ran).toEqual(['one', 'two', 'one', 'two'])
})

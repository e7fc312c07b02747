import { api } from '../api/console.ts'
import { ApiFailure } from '../api/failure.ts'

type Options = { ceremony_id: string; options: Record<string, unknown> }
type Owner = { token: string; organization_name: string; email: string; name: string }

/** What a browser throws from a passkey prompt (WebAuthn §14.5: it does not say why), as something to act on. */
export function passkeyFailure(thrown: unknown): ApiFailure {
  if (thrown instanceof ApiFailure) return thrown
  const name = thrown instanceof Error ? thrown.name : ''
  const [code, message, hint] =
    name === 'InvalidStateError'
      ? ['passkey_known', 'This device has a passkey for this account already.', 'Sign in with it.']
      : name === 'NotAllowedError' || name === 'AbortError'
        ? [
            'passkey_stopped',
            'The passkey prompt was closed or took too long.',
            'Try again, or use an e-mail link.',
          ]
        : [
            'passkey_unsupported',
            'This browser cannot use passkeys here.',
            'Use an e-mail link. Passkeys need HTTPS or http://localhost.',
          ]
  return new ApiFailure({ status: 0, code, message, hint, requestId: null })
}

/** The library is loaded when a passkey is asked for; most visits need none. */
async function make({ ceremony_id, options }: Options) {
  const { startRegistration } = await import('@simplewebauthn/browser')
  const response = await startRegistration({ optionsJSON: options as never })
  return { ceremony_id, response: response as typeof response & Record<string, unknown> }
}

async function guarded<Result>(ceremony: () => Promise<Result>): Promise<Result> {
  try {
    return await ceremony()
  } catch (thrown) {
    throw passkeyFailure(thrown)
  }
}

/** Spends the set-up link with the owner's new passkey. */
export const setUpWithPasskey = (owner: Owner) =>
  guarded(async () => {
    const passkey = await make(await api.signIn.beginSetup({ body: owner }))
    return api.signIn.setup({ body: { ...owner, passkey } })
  })

/** Signs in, or makes an open session fresh. */
export const signInByPasskey = (returnTo?: string) =>
  guarded(async () => {
    const { startAuthentication } = await import('@simplewebauthn/browser')
    const { ceremony_id, options } = await api.signIn.beginPasskey()
    const response = await startAuthentication({ optionsJSON: options as never })
    return api.signIn.usePasskey({
      body: {
        ceremony_id,
        response: response as typeof response & Record<string, unknown>,
        return_to: returnTo,
      },
    })
  })

/** Adds a passkey to the account that is signed in. */
export const addPasskey = (name: string) =>
  guarded(async () => {
    const passkey = await make(await api.signIn.beginAddPasskey())
    return api.signIn.addPasskey({ body: { ...passkey, name } })
  })

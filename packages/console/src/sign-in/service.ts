/** What sign-in offers to `app.ts`, to the commands on the host, and to later features. */
export { authenticate } from './authenticate.ts'
export { cleanSignIn } from './jobs.ts'
export { makeSignInLink } from './links.ts'
export { type BoundToAddress, countBoundToAddress, endBoundToAddress } from './move-address.ts'
export { forgetLeaver } from './passkeys.ts'
export { type Recovered, recoverOwner } from './recover-owner.ts'
export { initialize, makeSetupLink } from './setup.ts'

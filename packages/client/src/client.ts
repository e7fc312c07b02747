/** What programs import: find a credential, explain where it came from, sign in and out. */
export { chain, type Explanation, explain, findCredential, type SourceName } from './chain.ts'
export { LatchError, type LatchFailureCode, latchFailures } from './errors.ts'
export { type LoginRequest, type LoginTelling, login, type SignedIn } from './login/login.ts'
export { logout, type SignedOut } from './logout.ts'
export { type Checked, checkCredential } from './session.ts'
export type { Credential, CredentialKind, Finding, Source } from './source.ts'
export { version } from './version.ts'
export { machineWorld, type World } from './world.ts'

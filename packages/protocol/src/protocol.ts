/** The names most readers want; everything else by its path, as in `@latchstring/protocol/decide/authorize`. */
export { type ErrorType, Failure, type FailureCode, failures } from './codes/failures.ts'
export { type Role, roles } from './codes/roles.ts'
export { authorize, permissionsOf } from './decide/authorize.ts'
export type { GatewayContract } from './gateway-contract.ts'

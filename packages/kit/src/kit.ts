/** What the servers share. Each module by its path: `@latchstring/kit/secret`, `/envelope`, `/outbound`, `/log`… */
export { open, Secret } from './secret.ts'

import { routes } from 'virtual:routes'
import { makeClient } from './client.ts'

/** The console's API at this origin. */
export const api = makeClient(routes, (input, init) => fetch(input, init))

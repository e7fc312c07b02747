/** One process that serves the console and the gateway. */
export { type RunningServer, startServer } from './start-server.ts'

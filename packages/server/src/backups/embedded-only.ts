import type { Host } from '../command.ts'

/** Says what to use instead where the data lies in PostgreSQL. @returns whether it does */
export function refuseOnPostgres(host: Host): boolean {
  if (!host.env['DATABASE_URL']) return false
  host.err('latchstring: DATABASE_URL is set. Save and restore that database with pg_dump and pg_restore.')
  host.err('The master key file is not in it: keep a copy of it elsewhere.')
  return true
}

import { findPostgres, startPostgres } from './postgres-cluster.ts'

const variable = 'LATCHSTRING_TEST_POSTGRES_URL'

/** For vitest: one cluster for all tests of a run that ask for PostgreSQL; each test makes a database of its own there. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const bin = findPostgres()
  if (bin === undefined || process.env[variable] !== undefined) return undefined
  const { url, certificate, foreignCertificate, stop } = await startPostgres(bin)
  process.env[variable] = url
  process.env['LATCHSTRING_TEST_POSTGRES_CERTIFICATES'] = `${certificate}:${foreignCertificate}`
  return stop
}

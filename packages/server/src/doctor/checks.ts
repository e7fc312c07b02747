import type { Facts, Finding } from './check.ts'
import { messageOf, skipped, wrong } from './check.ts'
import { clock, database, journal, masterKey, migrations, signingKey } from './data.ts'
import { configuration, dataFolder, diskSpace, keyFile, outbox } from './files.ts'
import { address, mail, port, providers } from './network.ts'

type Check = {
  name: string
  /** What must be known by then. */
  needs: ('config' | 'masterKey' | 'database')[]
  run(facts: Facts): Promise<Finding>
}

/** THE table of what the doctor looks at, in its order: a check stands after those whose findings it needs. */
export const checks = [
  { name: 'configuration', needs: [], run: configuration },
  { name: 'data folder', needs: ['config'], run: dataFolder },
  { name: 'disk space', needs: ['config'], run: diskSpace },
  { name: 'key file', needs: ['config'], run: keyFile },
  { name: 'database', needs: ['config'], run: database },
  { name: 'migrations', needs: ['database'], run: migrations },
  { name: 'journal', needs: ['config'], run: journal },
  { name: 'master key', needs: ['masterKey', 'database'], run: masterKey },
  { name: 'signing key', needs: ['database'], run: signingKey },
  { name: 'clock', needs: ['database'], run: clock },
  { name: 'port', needs: ['config'], run: port },
  { name: 'address', needs: ['database'], run: address },
  { name: 'mail', needs: ['config'], run: mail },
  { name: 'outbox', needs: ['config'], run: outbox },
  { name: 'providers', needs: ['database'], run: providers },
] as const satisfies readonly { name: string; needs: readonly Check['needs'][number][]; run: unknown }[]

export type Diagnosis = { ok: boolean; checks: ({ check: string } & Finding)[] }

/** Runs every check, also after one has failed; whatever a check throws is its finding. */
export async function diagnose(facts: Facts): Promise<Diagnosis> {
  const found: Diagnosis['checks'] = []
  try {
    for (const { name, needs, run } of checks as unknown as Check[]) {
      const missing = needs.find(need => facts[need] === undefined)
      found.push({
        check: name,
        ...(missing === undefined
          ? await run(facts).catch((error: unknown) =>
              wrong(`it cannot be looked at: ${messageOf(error)}`, 'Look at what else is wrong first.'),
            )
          : skipped('because of the above')),
      })
    }
  } finally {
    await facts.database?.close()
  }
  return { ok: found.every(({ status }) => status !== 'wrong'), checks: found }
}

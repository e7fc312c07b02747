import { machineWorld } from '@latchstring/client/world'
import { runLatch } from './cli.ts'

runLatch(machineWorld(), process.argv.slice(2)).then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `latch: this is a mistake in latch, please report it.\n${String((error as Error)?.stack ?? error)}\n`,
    )
    process.exit(1)
  },
)

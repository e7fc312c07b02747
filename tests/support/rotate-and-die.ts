import { readConfig } from '@latchstring/server/config'
import { rotateMasterKey } from '@latchstring/server/rotate-master-key'

/** A process of its own that kills itself (SIGKILL) when a rotation of the master key has come to the named step. */
const [step] = process.argv.slice(2)
await rotateMasterKey(readConfig(process.env, process.cwd()), reached => {
  if (reached === step) process.kill(process.pid, 'SIGKILL')
})

import type { Command } from './command.ts'
import { audit } from './commands/audit.ts'
import { backup } from './commands/backup.ts'
import { doctor } from './commands/doctor.ts'
import { health } from './commands/health.ts'
import { init } from './commands/init.ts'
import { migrate } from './commands/migrate.ts'
import { moveAddress } from './commands/move-address.ts'
import { moveDatabase } from './commands/move-database.ts'
import { recoverOwner } from './commands/recover-owner.ts'
import { restore } from './commands/restore.ts'
import { rotate } from './commands/rotate.ts'
import { serve } from './commands/serve.ts'
import { signInLink } from './commands/sign-in-link.ts'

/** THE table of `latchstring`. */
export const commands: Record<string, Command> = {
  serve,
  init,
  'sign-in-link': signInLink,
  health,
  'move-address': moveAddress,
  migrate,
  'move-database': moveDatabase,
  doctor,
  'recover-owner': recoverOwner,
  backup,
  restore,
  rotate,
  audit,
}

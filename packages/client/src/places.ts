import path from 'node:path'
import type { World } from './world.ts'

/** Where things lie on this machine; all absolute. */
export type Places = {
  /** Which server, which account: no secret. */
  configuration: string
  stateFolder: string
  vaultFolder: string
  lockFolder: string
  keyFile: string
}

/**
 * The platform's own folders: XDG Base Directory on Linux (a relative path in a variable is ignored, as the
 * specification says), Application Support on macOS, APPDATA and LOCALAPPDATA on Windows.
 */
export function placesOf(world: Pick<World, 'env' | 'home' | 'platform'>): Places {
  const { configuration, state } = foldersOf(world)
  return {
    configuration: path.join(configuration, 'config.json'),
    stateFolder: state,
    vaultFolder: path.join(state, 'vault'),
    lockFolder: path.join(state, 'lock'),
    keyFile: path.join(state, 'key'),
  }
}

function foldersOf({ env, home, platform }: Pick<World, 'env' | 'home' | 'platform'>) {
  const from = (variable: string, otherwise: string) => {
    const value = env[variable]
    return value && path.isAbsolute(value) ? value : path.join(home, otherwise)
  }
  if (platform === 'darwin') {
    const folder = path.join(home, 'Library', 'Application Support', 'latchstring')
    return { configuration: folder, state: path.join(folder, 'state') }
  }
  if (platform === 'win32') {
    return {
      configuration: path.join(from('APPDATA', 'AppData/Roaming'), 'latchstring'),
      state: path.join(from('LOCALAPPDATA', 'AppData/Local'), 'latchstring'),
    }
  }
  return {
    configuration: path.join(from('XDG_CONFIG_HOME', '.config'), 'latchstring'),
    state: path.join(from('XDG_STATE_HOME', '.local/state'), 'latchstring'),
  }
}

import type { World } from '../world.ts'

/** `loopback`: a browser on this machine. `device`: a code, typed in a browser anywhere. */
export type LoginWay = { way: 'loopback' | 'device'; openBrowser: boolean; because: string }

/** What the choice depends on, read beforehand. */
export type LoginSituation = {
  asked: { device: boolean; noBrowser: boolean }
  env: World['env']
  platform: NodeJS.Platform
  terminal: boolean
  containerFile: boolean
}

const remoteVariables = ['SSH_CONNECTION', 'SSH_TTY'] as const
const containerVariables = ['KUBERNETES_SERVICE_HOST', 'CODESPACES', 'REMOTE_CONTAINERS'] as const

/**
 * Chooses how to sign in: by a browser on this machine where one can come back to it, else by a code.
 *
 * @example
 * chooseWay({ asked: { device: false, noBrowser: false }, env: { SSH_TTY: '/dev/pts/0' }, … }).way // 'device'
 */
export function chooseWay({ asked, env, platform, terminal, containerFile }: LoginSituation): LoginWay {
  const remote = remoteVariables.find(name => env[name])
  const container = containerVariables.find(name => env[name])
  const hidden = platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY'] && !env['BROWSER']
  const apart =
    (remote && `${remote} is set: this is a remote session`) ??
    (container && `${container} is set: this is a container`) ??
    (containerFile ? 'this is a container' : undefined) ??
    (hidden ? 'there is no display' : undefined) ??
    (terminal ? undefined : 'there is no terminal')
  const openBrowser = !apart && !asked.noBrowser
  if (asked.device) return { way: 'device', openBrowser, because: 'asked by --device' }
  if (apart) return { way: 'device', openBrowser: false, because: apart }
  return { way: 'loopback', openBrowser, because: 'a browser on this machine can come back to it' }
}

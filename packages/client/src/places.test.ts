import { expect, test } from 'vitest'
import { placesOf } from './places.ts'

test('Linux follows XDG, and ignores a relative path in it', () => {
  expect(placesOf({ env: {}, home: '/home/ada', platform: 'linux' })).toMatchObject({
    configuration: '/home/ada/.config/latchstring/config.json',
    vaultFolder: '/home/ada/.local/state/latchstring/vault',
    keyFile: '/home/ada/.local/state/latchstring/key',
  })
  const env = { XDG_CONFIG_HOME: '/x/config', XDG_STATE_HOME: 'relative' }
  expect(placesOf({ env, home: '/home/ada', platform: 'linux' })).toMatchObject({
    configuration: '/x/config/latchstring/config.json',
    stateFolder: '/home/ada/.local/state/latchstring',
  })
})

test('macOS and Windows have their own folders', () => {
  expect(placesOf({ env: {}, home: '/Users/ada', platform: 'darwin' }).stateFolder).toBe(
    '/Users/ada/Library/Application Support/latchstring/state',
  )
  const env = { APPDATA: '/roaming', LOCALAPPDATA: '/local' }
  expect(placesOf({ env, home: '/u', platform: 'win32' })).toMatchObject({
    configuration: '/roaming/latchstring/config.json',
    stateFolder: '/local/latchstring',
  })
})

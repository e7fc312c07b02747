import { expect, test } from 'vitest'
import { openerOf } from './browser.ts'
import { chooseWay, type LoginSituation } from './choose-way.ts'

const laptop: LoginSituation = {
  asked: { device: false, noBrowser: false },
  env: { DISPLAY: ':0' },
  platform: 'linux',
  terminal: true,
  containerFile: false,
}

test('a laptop opens its browser', () => {
  expect(chooseWay(laptop)).toMatchObject({ way: 'loopback', openBrowser: true })
  expect(chooseWay({ ...laptop, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toMatchObject({ way: 'loopback' })
  expect(chooseWay({ ...laptop, env: {}, platform: 'darwin' })).toMatchObject({
    way: 'loopback',
    openBrowser: true,
  })
  expect(chooseWay({ ...laptop, env: {}, platform: 'win32' })).toMatchObject({
    way: 'loopback',
    openBrowser: true,
  })
  expect(chooseWay({ ...laptop, env: { BROWSER: 'w3m' } })).toMatchObject({
    way: 'loopback',
    openBrowser: true,
  })
})

test.each([
  ['over SSH', { env: { DISPLAY: ':0', SSH_CONNECTION: '1 2 3 4' } }, /SSH_CONNECTION/],
  ['in an SSH terminal', { env: { DISPLAY: ':0', SSH_TTY: '/dev/pts/0' } }, /SSH_TTY/],
  ['over SSH on macOS', { env: { SSH_TTY: '/dev/ttys0' }, platform: 'darwin' }, /remote session/],
  ['in a container', { containerFile: true }, /container/],
  ['in a cluster', { env: { DISPLAY: ':0', KUBERNETES_SERVICE_HOST: '10.0.0.1' } }, /KUBERNETES/],
  ['in a codespace', { env: { DISPLAY: ':0', CODESPACES: 'true' } }, /CODESPACES/],
  ['in a dev container', { env: { DISPLAY: ':0', REMOTE_CONTAINERS: 'true' } }, /REMOTE_CONTAINERS/],
  ['without a display', { env: {} }, /no display/],
  ['without a terminal', { terminal: false }, /no terminal/],
] as [string, Partial<LoginSituation>, RegExp][])(
  '%s the code is used, and nothing is opened',
  (_name, change, because) => {
    expect(chooseWay({ ...laptop, ...change })).toMatchObject({
      way: 'device',
      openBrowser: false,
      because: expect.stringMatching(because),
    })
  },
)

test('what was asked for is done, and a browser is opened only where there is one', () => {
  const device = { device: true, noBrowser: false }
  expect(chooseWay({ ...laptop, asked: device })).toMatchObject({ way: 'device', openBrowser: true })
  expect(chooseWay({ ...laptop, asked: device, env: {} })).toMatchObject({
    way: 'device',
    openBrowser: false,
  })
  const noBrowser = { device: false, noBrowser: true }
  expect(chooseWay({ ...laptop, asked: noBrowser })).toMatchObject({ way: 'loopback', openBrowser: false })
})

test('each platform has its opener, BROWSER comes first, and no shell sees the address', () => {
  const address = 'https://a.test/?a=1&b=2'
  expect(openerOf({}, 'linux', address)).toEqual(['xdg-open', address])
  expect(openerOf({}, 'darwin', address)).toEqual(['open', address])
  expect(openerOf({}, 'win32', address)).toEqual(['rundll32', 'url.dll,FileProtocolHandler', address])
  expect(openerOf({ BROWSER: 'firefox --new-tab %s:w3m' }, 'linux', address)).toEqual([
    'firefox',
    '--new-tab',
    address,
  ])
  expect(openerOf({ BROWSER: 'w3m' }, 'linux', address)).toEqual(['w3m', address])
})

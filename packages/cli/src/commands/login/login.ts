import { type LoginTelling, login as signIn } from '@latchstring/client/login/login'
import type { World } from '@latchstring/client/world'
import type { Command } from '../../command.ts'
import { fromNow } from '../../times.ts'

export const login: Command = {
  summary: 'sign in to your organisation',
  parameters: '[URL] [--device] [--no-browser]',
  examples: [
    ['latch login https://latch.example.com', 'signs in by the browser and remembers the address'],
    ['latch login', 'signs in to the same server again'],
    ['latch login --device', 'shows a code to type in a browser on any machine'],
  ],
  options: {
    device: { type: 'boolean', about: 'sign in by a code, without a browser on this machine' },
    'no-browser': { type: 'boolean', about: 'print the address and open nothing' },
  },
  words: { atMost: 1 },
  about:
    'Over SSH, in containers, without a display and without a terminal the code is used by itself. Where it will be\n' +
    'kept is tried first: nobody is asked to approve a sign-in that cannot be stored.',
  async run(world, { words, options }) {
    const request = {
      address: words[0],
      device: options['device'] ?? false,
      noBrowser: options['no-browser'] ?? false,
    }
    const { address, email } = await signIn(world, request, telling(world))
    world.stderr.write(`Signed in to ${address}${email ? ` as ${email}` : ''}.\nNext: latch status\n`)
    return 0
  },
}

function telling(world: World): LoginTelling {
  return {
    device({ userCode, address, completeAddress, expiresAt }, way, opened) {
      const lines = [
        `Your code: ${userCode}`,
        opened
          ? 'A page for it was opened in your browser. If not, open:'
          : 'Open this page in a browser on any machine:',
        `  ${completeAddress ?? address}`,
        ...(completeAddress ? [`or type the code at ${address}`] : []),
        `Waiting for you to approve. The code ends ${fromNow(expiresAt, world.now())}. (By code, because ${way.because.replace(/^asked/, 'it was asked')}.)`,
      ]
      world.stderr.write(`${lines.join('\n')}\n`)
    },
    loopback({ here, elsewhere }, _way, opened) {
      const lines = [
        opened ? 'Your browser was opened. If nothing shows, open:' : 'Open this page in your browser:',
        `  ${here}`,
        ...(world.stdin.isTTY
          ? ['On another machine? Open this page and paste the code here:', `  ${elsewhere}`]
          : []),
      ]
      world.stderr.write(`${lines.join('\n')}\n`)
    },
  }
}

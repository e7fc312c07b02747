import { connect } from 'node:net'

/**
 * Sends bytes as they are and gives all that comes back until the server closes. What is to be read whole must ask for
 * `connection: close`.
 */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')))
    socket.setEncoding('latin1')
    socket.on('data', chunk => (text += chunk))
    socket.on('error', error =>
      (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? undefined : reject(error),
    )
    socket.on('close', () => resolve(text))
  })
}

/** The status of every reply in what came back. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

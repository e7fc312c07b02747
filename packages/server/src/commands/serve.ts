import type { Command } from '../command.ts'
import { readConfig } from '../config.ts'
import { startServer } from '../start-server.ts'

export const serve: Command = {
  summary: 'Serve the console and the gateway.',
  help: `latchstring serve

Serves at LATCHSTRING_URL (http://localhost:4180 where not said) until it is stopped, and prints one line: where it
serves, or, while nobody has set it up, the set-up link.

  LATCHSTRING_URL       the one address that people and agents use
  LATCHSTRING_PORT      the port to listen on, if it differs from the one in the URL
  LATCHSTRING_DATA      the data folder (./data)
  LATCHSTRING_KEY_FILE  the master key (<data folder>.key)
  LATCHSTRING_SMTP_URL  where mail goes; without it mail lands in <data folder>/outbox

For an https:// address, one of these:

  LATCHSTRING_TLS_CERT_FILE, LATCHSTRING_TLS_KEY_FILE   certificate chain and key, PEM
  LATCHSTRING_ACME, LATCHSTRING_ACME_EMAIL, LATCHSTRING_ACME_AGREE=yes   an authority's directory: fetched and renewed
  LATCHSTRING_TRUSTED_PROXIES   the proxies in front that do the https, as 10.0.0.5,fd00::/64

  LATCHSTRING_LISTEN    addresses to listen at (127.0.0.1,::1), 0.0.0.0,:: for all`,
  async run(host) {
    const server = await startServer(readConfig(host.env, host.folder))
    const setupLink = await server.setupLink()
    host.out(setupLink === null ? `Latchstring serves at ${server.url}` : `Set up Latchstring: ${setupLink}`)
    await host.stopped
    await server.stop()
    return 0
  },
}

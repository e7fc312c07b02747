import type { Context } from './asking.ts'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** What a person's browser shows where a sign-in request cannot go on and must not be sent anywhere. */
export function errorPage(ctx: Context, status: number, what: string): void {
  ctx.status = status
  ctx.type = 'html'
  ctx.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
  ctx.body =
    '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Latchstring</title>' +
    '<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>' +
    `<body><main><h1>This sign-in cannot go on</h1><p>${escaped(what)}.</p>` +
    '<p>Nobody was signed in. Start again where you came from, for example with <code>latch login</code>.</p></main></body></html>'
}

/**
 * Where to go after signing in: a path of this console, else its front page. The server checks the same; a second
 * look costs nothing where a mistake would send somebody to another site.
 */
export function safeReturnTo(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : '/'
}

/** The sign-in page that comes back here. */
export function signInAddress(from: { pathname: string; search: string }): string {
  const here = safeReturnTo(from.pathname + from.search)
  return here === '/' ? '/sign-in' : `/sign-in?return_to=${encodeURIComponent(here)}`
}

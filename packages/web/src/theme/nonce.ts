/** The nonce of this response, which the server wrote into the page. Styles made at run time carry it. */
export const pageNonce = (): string =>
  document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? ''

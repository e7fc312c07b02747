/** What a listener shows to those who connect, both PEM. */
export type Certificate = { cert: string; key: string }

/** Where the certificate comes from, and what replaces it while the server runs. */
export type CertificateSource = {
  current(): Certificate
  /** Called with every certificate that replaces the current one. */
  onRenewal(take: (certificate: Certificate) => void): void
  close(): Promise<void>
}

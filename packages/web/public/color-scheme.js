// Sets the colour scheme before the first paint, so that a dark page never flashes white. A file, not an inline
// script: the Content-Security-Policy allows scripts from this origin only.
;(() => {
  let chosen = null
  try {
    chosen = window.localStorage.getItem('mantine-color-scheme-value')
  } catch {
    // No storage allowed: follow the system.
  }
  const system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.setAttribute(
    'data-mantine-color-scheme',
    chosen === 'light' || chosen === 'dark' ? chosen : system,
  )
})()

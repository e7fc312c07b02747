import '@fontsource-variable/inter/wght.css'
import '@mantine/core/styles.css'
import './theme/base.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { takeLinkSecrets } from './address/link-secrets.ts'
import { signInAddress } from './address/return-to.ts'
import { makeQueryClient } from './api/answers.ts'
import { pages } from './pages.ts'
import { makeRouter } from './shell/router.tsx'
import { pageNonce } from './theme/nonce.ts'
import { theme } from './theme/theme.ts'

// First of all: a link's secret leaves the address bar before anything can read or keep it.
takeLinkSecrets()
setNonce(pageNonce())

const queries = makeQueryClient({
  // A session that ended elsewhere: what the page asks next brings its reader to sign in and back.
  onSignedOut: () => {
    if (window.location.pathname !== '/sign-in') window.location.assign(signInAddress(window.location))
  },
})
const router = makeRouter(pages, queries)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={pageNonce}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )

import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { signInAddress } from '../address/return-to.ts'
import { readQuery, writeQuery } from '../address/url-state.ts'
import { question } from '../api/answers.ts'
import { ApiFailure, notSignedIn } from '../api/failure.ts'
import { Pending } from '../waiting/Pending.tsx'
import { NotFound } from './NotFound.tsx'
import { FaultInConsole, PageFault } from './PageFault.tsx'
import type { Page } from './page.ts'
import { Root } from './Root.tsx'
import { Shell } from './Shell.tsx'
import { titled } from './titled.tsx'

/** The router of a table of pages. Pages that need somebody send those who are not signed in to sign in and back. */
export function makeRouter(pages: readonly Page[], queries: QueryClient) {
  const root = createRootRoute({ component: Root, notFoundComponent: NotFound })
  const signedIn = createRoute({
    getParentRoute: () => root,
    id: 'signed-in',
    beforeLoad: async ({ location }) => {
      try {
        const { session } = await queries.ensureQueryData(question('sessions', 'current'))
        if (session?.setting_up) throw notSignedIn()
      } catch (failure) {
        if (!(failure instanceof ApiFailure) || failure.status !== 401) throw failure
        throw redirect({
          href: signInAddress({ pathname: location.pathname, search: location.searchStr }),
          replace: true,
        })
      }
    },
  })
  const shell = createRoute({
    getParentRoute: () => signedIn,
    id: 'console',
    component: () => <Shell pages={pages} />,
  })
  const parentOf = (page: Page) =>
    page.needs === 'public' ? root : page.frame === 'console' ? shell : signedIn
  const routesOf = (parent: typeof root | typeof shell | typeof signedIn) =>
    pages
      .filter(page => parentOf(page) === parent)
      .map(page =>
        createRoute({
          getParentRoute: () => parent as typeof root,
          path: page.path,
          component: lazyRouteComponent(async () => titled(page, await page.load())),
          errorComponent: parent === shell ? FaultInConsole : PageFault,
        }),
      )
  return createRouter({
    routeTree: root.addChildren([
      signedIn.addChildren([shell.addChildren(routesOf(shell)), ...routesOf(signedIn)]),
      ...routesOf(root),
    ]),
    parseSearch: readQuery,
    stringifySearch: writeQuery,
    defaultErrorComponent: PageFault,
    defaultPendingComponent: Pending,
    defaultPendingMs: 300,
    defaultPreload: 'intent',
    scrollRestoration: true,
  })
}

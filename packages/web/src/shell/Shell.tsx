import { Burger } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useAnswer } from '../api/answers.ts'
import { useSession } from '../api/session.ts'
import { Brand } from '../icons/Brand.tsx'
import { Icon } from '../icons/Icon.tsx'
import { SchemeSwitch } from '../theme/SchemeSwitch.tsx'
import { Account } from './Account.tsx'
import type { Page } from './page.ts'
import classes from './Shell.module.css'

/** One column of navigation and the page. On a phone the column folds into a burger. */
export function Shell({ pages }: { pages: readonly Page[] }) {
  const { organization, may } = useSession()
  const { data: state } = useAnswer('signIn', 'state')
  const [open, { toggle, close }] = useDisclosure(false)
  const path = useRouterState({ select: router => router.location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: going to another page closes the navigation
  useEffect(close, [path])

  const entries = pages.flatMap(({ path, entry, needs }) =>
    entry && (needs === 'signed_in' || (needs !== 'public' && may(needs))) ? [{ path, ...entry }] : [],
  )
  if (state?.outbox_readable) entries.push({ path: '/outbox', label: 'Outbox', icon: 'mail' })

  return (
    <div className={classes.shell}>
      <nav aria-label="Console" className={classes.side} data-open={open || undefined}>
        <div className={classes.top}>
          <Link to="/" className={classes.brand} aria-label="Latchstring, home">
            <Brand />
          </Link>
          <Burger
            className={classes.burger}
            opened={open}
            onClick={toggle}
            size="sm"
            aria-label={open ? 'Close navigation' : 'Open navigation'}
            aria-expanded={open}
            aria-controls="navigation"
          />
        </div>
        <div className={classes.fold} id="navigation">
          <p className={classes.organization}>{organization.name}</p>
          <div className={classes.entries}>
            {entries.map(({ path, label, icon }) => (
              <Link
                key={path}
                to={path}
                className={classes.entry}
                activeOptions={{ exact: path === '/', includeSearch: false }}
              >
                <Icon name={icon} />
                {label}
              </Link>
            ))}
          </div>
          <div className={classes.bottom}>
            <SchemeSwitch />
            <Account />
          </div>
        </div>
      </nav>
      <main className={classes.content} id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}

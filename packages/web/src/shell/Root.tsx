import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { ConfirmItIsYou } from '../confirm/ConfirmItIsYou.tsx'
import classes from './Shell.module.css'

/** Around every page. After going to another page the focus is at its content, not at a link that is gone. */
export function Root() {
  const path = useRouterState({ select: state => state.resolvedLocation?.pathname })
  const before = useRef(path)
  useEffect(() => {
    if (before.current !== undefined && before.current !== path)
      document.getElementById('content')?.focus({ preventScroll: true })
    before.current = path
  }, [path])
  return (
    <ConfirmItIsYou>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <Outlet />
    </ConfirmItIsYou>
  )
}

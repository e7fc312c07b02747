import classes from './Brand.module.css'

/** The mark, a latch with its string, and the name. */
export function Brand() {
  return (
    <span className={classes.brand}>
      <svg aria-hidden="true" width="24" height="24" viewBox="0 0 32 32">
        <rect width="32" height="32" rx="7" fill="#1f6f56" />
        <path d="M9 11h14" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
        <path d="M16 11v7.5" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" />
        <circle cx="16" cy="22" r="2.9" fill="none" stroke="#fff" strokeWidth="2.2" />
      </svg>
      Latchstring
    </span>
  )
}

import classes from './Status.module.css'

export type Tone = 'good' | 'calm' | 'warning' | 'bad'

/** A state in a word. The dot's colour repeats what the word says, for those who scan a column. */
export function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={classes.status}>
      <span className={classes.dot} data-tone={tone} aria-hidden="true" />
      {children}
    </span>
  )
}

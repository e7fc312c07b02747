import { Skeleton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Answer } from '../api/answers.ts'
import { number } from '../plots/number.ts'
import classes from './HomePage.module.css'

type Props = {
  title: string
  period: '24h' | '30d'
  totals: Answer<'usage', 'summary'>['last_24_hours'] | undefined
  /** Whether other people's calls are among them. */
  people: boolean
}

/** The totals of a period. Each number leads to the calls that it counts. */
export function Totals({ title, period, totals, people }: Props) {
  const link = { to: '/', search: { period }, hash: 'calls' } as const
  return (
    <section className={classes.total} aria-label={title}>
      <h2 className={classes.title}>{title}</h2>
      {totals ? (
        <>
          <Link {...link} className={classes.calls}>
            {number(totals.calls)} <small>{totals.calls === 1 ? 'call' : 'calls'}</small>
          </Link>
          <dl className={classes.rest}>
            <dt>Tokens in</dt>
            <dd>
              <Link {...link}>{number(totals.input_tokens)}</Link>
            </dd>
            <dt>Tokens out</dt>
            <dd>
              <Link {...link}>{number(totals.output_tokens)}</Link>
            </dd>
            {people && (
              <>
                <dt>People</dt>
                <dd>
                  <Link {...link}>{number(totals.people)}</Link>
                </dd>
              </>
            )}
          </dl>
        </>
      ) : (
        <Skeleton height={84} />
      )}
    </section>
  )
}

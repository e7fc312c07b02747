import { Table, Text, UnstyledButton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { dayName } from '../times/relative.ts'
import { bars } from './bars.ts'
import classes from './DailyBars.module.css'
import { number } from './number.ts'

type Props = {
  title: string
  /** UTC days, oldest first. */
  days: readonly { date: string; value: number }[]
  /** Where a day's number is told in full: the query of this page. */
  searchOf: (date: string) => Record<string, string>
}

const size = { width: 600, height: 96, gap: 4, leastHeight: 2 }

/** One bar a day. The picture has a sentence for those who do not see it, and the numbers stand behind a button. */
export function DailyBars({ title, days, searchOf }: Props) {
  const [asNumbers, setAsNumbers] = useState(false)
  const values = days.map(day => day.value)
  const most = Math.max(0, ...values)
  const mostOn = days.find(day => day.value === most)?.date
  const sum = values.reduce((all, value) => all + value, 0)
  const words =
    sum === 0 || mostOn === undefined
      ? `${title}: none in ${days.length} days.`
      : `${title}: ${number(sum)} in ${days.length} days, most on ${dayName(mostOn)}: ${number(most)}.`
  const [first, last] = [days.at(0), days.at(-1)]
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.caption}>
        <span>{title}</span>
        <UnstyledButton
          className={classes.toggle}
          aria-expanded={asNumbers}
          onClick={() => setAsNumbers(!asNumbers)}
        >
          {asNumbers ? 'Hide the numbers' : 'Show the numbers'}
        </UnstyledButton>
      </figcaption>
      <svg
        role="img"
        aria-label={words}
        className={classes.plot}
        viewBox={`0 0 ${size.width} ${size.height}`}
        preserveAspectRatio="none"
      >
        {bars(values, size).map((bar, index) => (
          <g key={days[index]?.date}>
            <rect x={bar.x} y={0} width={bar.width} height={size.height} className={classes.ground} />
            <rect x={bar.x} y={bar.y} width={bar.width} height={bar.height} className={classes.bar} />
            <title>{`${dayName(days[index]?.date ?? '')}: ${number(bar.value)}`}</title>
          </g>
        ))}
      </svg>
      <div className={classes.axis} aria-hidden="true">
        <span>{first && dayName(first.date)}</span>
        <span>most a day: {number(most)}</span>
        <span>{last && dayName(last.date)}</span>
      </div>
      {asNumbers && (
        <div className={classes.numbers}>
          <Table verticalSpacing={2} stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Day (UTC)</Table.Th>
                <Table.Th ta="right">{title}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {[...days]
                .reverse()
                .filter(day => day.value > 0)
                .map(day => (
                  <Table.Tr key={day.date}>
                    <Table.Td>{dayName(day.date)}</Table.Td>
                    <Table.Td ta="right">
                      <Link className={classes.link} to="." search={searchOf(day.date) as never}>
                        {number(day.value)}
                      </Link>
                    </Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {asNumbers && sum === 0 && (
        <Text size="sm" c="dimmed">
          None yet.
        </Text>
      )}
    </figure>
  )
}

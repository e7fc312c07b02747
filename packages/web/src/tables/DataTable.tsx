import { Skeleton, Text, UnstyledButton } from '@mantine/core'
import type { MouseEvent, ReactNode } from 'react'
import { FailureAlert } from '../failures/FailureAlert.tsx'
import classes from './DataTable.module.css'

export type Column<Row> = {
  title: string
  cell: (row: Row) => ReactNode
  align?: 'right'
  /** Narrow columns: as wide as their content. */
  narrow?: boolean
  /** Long text: cut to one line, in full in the sheet. */
  clip?: boolean
  /** Columns of controls: their title is for screen readers only. */
  silent?: boolean
}

type Props<Row> = {
  /** What the table holds, for screen readers. */
  caption: string
  columns: readonly Column<Row>[]
  /** undefined: not here yet. */
  rows: readonly Row[] | undefined
  /** Why the rows did not come, or did not come anew; never shown as an empty list. */
  failure: unknown
  onRetry: () => void
  keyOf: (row: Row) => string
  /** Opens the row's side sheet. The first cell is its button; elsewhere in the row a click does the same. */
  onOpen?: (row: Row) => void
  /** Whether the server has more than was asked for. */
  cutOff?: boolean
  /** Shown instead of rows where there are none. */
  empty: ReactNode
}

const skeletons = [1, 2, 3, 4]

/** The table of every list. On a phone each row becomes a card, and each cell carries its column's title. */
export function DataTable<Row>({ failure, onRetry, cutOff, ...table }: Props<Row>) {
  return (
    <>
      <FailureAlert failure={failure} onRetry={onRetry} />
      {table.rows?.length === 0 && !failure && <div className={classes.frame}>{table.empty}</div>}
      {table.rows?.length !== 0 && !(failure && table.rows === undefined) && <Rows {...table} />}
      {cutOff && (
        <Text size="sm" c="dimmed" mt="xs">
          Only the newest 1,000 are listed and searched.
        </Text>
      )}
    </>
  )
}

function Rows<Row>({
  caption,
  columns,
  rows,
  keyOf,
  onOpen,
}: Omit<Props<Row>, 'failure' | 'onRetry' | 'cutOff' | 'empty'>) {
  const open = (row: Row) => (event: MouseEvent) => {
    const inControl = (event.target as Element).closest('a, button, input, [role="menu"], [role="menuitem"]')
    if (!inControl && event.currentTarget.contains(event.target as Node) && `${window.getSelection()}` === '')
      onOpen?.(row)
  }
  return (
    <div className={classes.frame}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: as cards (display: block) a table loses its roles */}
      {/* biome-ignore-start lint/a11y/useSemanticElements: the same */}
      <table role="table" className={classes.table} aria-busy={rows === undefined}>
        <caption className={classes.caption}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(column => (
              <th
                key={column.title}
                role="columnheader"
                scope="col"
                data-align={column.align}
                data-narrow={column.narrow}
              >
                <span className={column.silent ? classes.caption : undefined}>{column.title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows === undefined &&
            skeletons.map(line => (
              <tr key={line} role="row">
                {columns.map(column => (
                  <td key={column.title} role="cell" data-title={column.silent ? undefined : column.title}>
                    <Skeleton height={12} width="70%" my={4} />
                  </td>
                ))}
              </tr>
            ))}
          {rows?.map(row => (
            <tr
              key={keyOf(row)}
              role="row"
              data-opens={onOpen !== undefined || undefined}
              onClick={onOpen && open(row)}
            >
              {columns.map((column, index) => (
                <td
                  key={column.title}
                  role="cell"
                  data-align={column.align}
                  data-narrow={column.narrow}
                  data-clip={column.clip}
                  data-title={column.silent || index === 0 ? undefined : column.title}
                  data-silent={column.silent || undefined}
                >
                  {index === 0 && onOpen ? (
                    <UnstyledButton
                      className={classes.open}
                      aria-haspopup="dialog"
                      onClick={() => onOpen(row)}
                    >
                      {column.cell(row)}
                    </UnstyledButton>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: above */}
      {/* biome-ignore-end lint/a11y/useSemanticElements: above */}
    </div>
  )
}

import classes from './CodeBlock.module.css'
import { CopyButton } from './CopyButton.tsx'

type Props = {
  code: string
  /** What is copied, for a screen reader: "Copy the settings". */
  name: string
  /** One long word: wrapped, so that all of it is seen. */
  wrap?: boolean
}

/** Something to type or to paste, with its copy button. Long lines scroll inside. */
export function CodeBlock({ code, name, wrap = false }: Props) {
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <pre className={classes.code} data-wrap={wrap || undefined} tabIndex={0}>
        {code}
      </pre>
      <div className={classes.copy}>
        <CopyButton text={code} name={name} />
      </div>
    </div>
  )
}

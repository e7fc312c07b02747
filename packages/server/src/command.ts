/** What a command of the host gets: no process globals. */
export type Host = {
  args: string[]
  env: Readonly<Record<string, string | undefined>>
  folder: string
  out(line: string): void
  err(line: string): void
  /** Resolves at the first SIGINT or SIGTERM. */
  stopped: Promise<void>
}

export type Command = {
  summary: string
  /** An example first, then the options. */
  help: string
  /** @returns the exit code */
  run(host: Host): Promise<number>
}

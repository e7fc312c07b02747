import type { Reporter, TestModule } from 'vitest/node'
import { countsVariable, lastLine, writeCounts } from './counts.ts'

/**
 * Counts a run; unhandled errors and files that do not load count as failures. Under `./dev test` the counts go into
 * the file it names, to be summed; otherwise they are printed as the very last line.
 */
export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) count.failed++
      for (const test of module.children.allTests()) count[test.result().state]++
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed++
    }
    const counts = { passed: count.passed, failed: count.failed, skipped: count.skipped + count.pending }
    const file = process.env[countsVariable]
    if (file) writeCounts(file, counts)
    else process.on('exit', () => process.stdout.write(`${lastLine(counts)}\n`))
  }
}

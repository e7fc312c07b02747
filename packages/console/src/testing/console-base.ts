import { happenings } from '../app.ts'
import type { TestBase } from '../base/testing/base.ts'
import { makeTestBase } from '../base/testing/base.ts'

/** A test base where every feature hears what happens, as in the real console. */
export const acmeBase = (): Promise<TestBase> => makeTestBase({ happen: base => happenings(() => base) })

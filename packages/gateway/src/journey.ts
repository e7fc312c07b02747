import type { Gateway, Step } from './exchange.ts'

/**
 * A table of steps that compiles only in an order where each step's needs are met by what stands above it.
 *
 * @example
 * startWith<Arrived>().step(readCredential).step(resolvePrincipal)
 */
export type Journey<From extends object, Has extends object> = {
  step<Adds extends object>(next: Step<Has, Adds>): Journey<From, Has & Adds>
  /** Runs the steps in order on one exchange; a step that throws ends it. */
  run(start: From, gateway: Gateway): Promise<Has>
}

export function startWith<From extends object>(): Journey<From, From> {
  return journeyOf<From, From>([])
}

/** Within the table the types are proven, so a row may be held without them. */
type Row = (exchange: never, gateway: Gateway) => object | Promise<object>

function journeyOf<From extends object, Has extends object>(rows: readonly Row[]): Journey<From, Has> {
  return {
    step: next => journeyOf([...rows, next]),
    async run(start, gateway) {
      const exchange: object = start
      for (const row of rows) Object.assign(exchange, await row(exchange as never, gateway))
      return exchange as Has
    },
  }
}

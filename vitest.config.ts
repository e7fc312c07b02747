import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { findPostgres } from './tools/postgres-cluster.ts'
import { enterTestWorld } from './tools/test-world.ts'

enterTestWorld()

const source = { conditions: ['@latchstring/source'] }
const cores = availableParallelism()
const shared = { resolve: source, ssr: { resolve: source } }
const onPostgres = { globalSetup: './tools/postgres-setup.ts' }

/**
 * Unit tests stand beside their file; what crosses rooms stands in tests/. Pure packages share one process per worker,
 * because nothing in them keeps state; everything else gets a process per file. Stories come last, one for
 * every two cores: they start servers and browsers, and would only take time from each other.
 */
export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './tools/last-line.ts'],
    pool: 'forks',
    projects: [
      {
        ...shared,
        test: {
          name: 'pure',
          include: ['packages/protocol/src/**/*.test.ts'],
          isolate: false,
          maxWorkers: cores,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'packages',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: ['packages/protocol/**'],
          maxWorkers: cores,
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      // What the console promises, it promises on both databases.
      ...(findPostgres() === undefined
        ? []
        : [
            {
              ...shared,
              test: {
                ...onPostgres,
                name: 'console on postgres',
                include: ['packages/console/src/**/*.test.ts'],
                env: { LATCHSTRING_TEST_DATABASE: 'postgres' },
                maxWorkers: cores,
                testTimeout: 30_000,
                hookTimeout: 30_000,
                sequence: { groupOrder: 1 },
              },
            },
          ]),
      {
        ...shared,
        test: {
          ...onPostgres,
          name: 'stories',
          include: ['tests/**/*.test.ts', 'examples/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: Math.max(1, Math.floor(cores / 2)),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

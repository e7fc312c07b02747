import { defineConfig } from 'vitest/config'

const source = { conditions: ['@latchstring/source'] }
const shared = { resolve: source, ssr: { resolve: source } }

/** Unit tests stand beside their file; what crosses rooms stands in tests/. */
export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './tools/last-line.ts'],
    projects: [
      {
        ...shared,
        test: { name: 'packages', include: ['packages/*/src/**/*.test.{ts,tsx}'], testTimeout: 20_000, hookTimeout: 30_000 },
      },
      {
        ...shared,
        test: {
          name: 'stories',
          include: ['tests/{journeys,attacks,proofs}/**/*.test.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
})

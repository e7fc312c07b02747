import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig, runnerImport } from 'vite'

/** Read from its source: in a fresh clone nothing is built yet. */
const table = fileURLToPath(new URL('../protocol/src/api.ts', import.meta.url))

const conditions = ['@latchstring/source', 'module', 'browser', 'development|production']

/**
 * The endpoint table without its shapes: `{ keys: { create: 'POST /v1/…' } }` is all a browser needs to call it. The
 * shapes would bring zod, 25 kB compressed, into the first load; the client takes them as types.
 */
function routes(): Plugin {
  const name = 'virtual:routes'
  return {
    name: 'latchstring-routes',
    resolveId: id => (id === name ? `\0${name}` : undefined),
    async load(id) {
      if (id !== `\0${name}`) return undefined
      const { module } = await runnerImport<{
        endpoints: { name: string; method: string; path: string }[]
      }>(table, { configFile: false, logLevel: 'silent' })
      const lines: Record<string, Record<string, string>> = {}
      for (const { name, method, path } of module.endpoints) {
        const [noun = '', verb = ''] = name.split('.')
        lines[noun] = { ...lines[noun], [verb]: `${method} ${path}` }
      }
      return `export const routes = ${JSON.stringify(lines)}`
    },
  }
}

/**
 * Built for a strict Content-Security-Policy: nothing inlined, no script that Vite would add by itself. The server
 * puts its per-response nonce where index.html says `{{nonce}}`.
 */
export default defineConfig({
  plugins: [react(), routes()],
  resolve: { conditions },
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})

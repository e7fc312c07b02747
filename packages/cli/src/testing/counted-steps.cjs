// Loaded before latch by --require. Counts everything it does to the outside: each change of a file and each request
// has a point before and one after. With KILL_AT_STEP it dies by SIGKILL at that point; with STEPS_FILE it writes
// down how many points there were.
const fs = require('node:fs')

const killAt = Number(process.env.KILL_AT_STEP ?? 0)
const { writeFileSync } = fs
let steps = 0

function point() {
  steps++
  if (steps === killAt) process.kill(process.pid, 'SIGKILL')
}

for (const name of [
  'mkdirSync',
  'openSync',
  'writeSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'utimesSync',
]) {
  const real = fs[name]
  fs[name] = (...given) => {
    if (name === 'openSync' && !/^[wa]/.test(String(given[1]))) return real(...given)
    point()
    const result = real(...given)
    point()
    return result
  }
}

const realFetch = globalThis.fetch
globalThis.fetch = async (...given) => {
  point()
  const response = await realFetch(...given)
  point()
  return response
}

if (process.env.STEPS_FILE) process.on('exit', () => writeFileSync(process.env.STEPS_FILE, String(steps)))

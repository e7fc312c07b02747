// Loaded before latch by --require. Writes down every module it asks for and every connection it opens.
const Module = require('node:module')
const net = require('node:net')
const { writeFileSync } = require('node:fs')

const asked = new Set()
let connections = 0

const load = Module._load
Module._load = function (name, ...rest) {
  asked.add(name)
  return load.call(this, name, ...rest)
}
const builtin = process.getBuiltinModule
process.getBuiltinModule = name => {
  asked.add(name)
  return builtin(name)
}
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  connections++
  return connect.apply(this, given)
}

process.on('exit', () =>
  writeFileSync(process.env.SEEN_FILE, JSON.stringify({ asked: [...asked], connections })),
)

#!/usr/bin/env node
import { withV8Flags } from './v8-flags.js'

// Old on purpose: any Node.js that can read an ES module must get as far as the check below.
const REQUIRED = 22
const EXIT_FAILED = 1
const EXIT_USAGE = 2

if (Number(process.versions.node.split('.')[0]) < REQUIRED) {
  console.error('relay-server needs Node.js ' + REQUIRED + ' or newer; this is ' + process.version + ' (' + process.execPath + ')')
  process.exit(EXIT_USAGE)
}

const execArgv = withV8Flags(process.execArgv, process.env.NODE_OPTIONS)

// the same process starts again: its id, its signals and its files stay as they are
if (execArgv && process.execve) {
  try {
    process.execve(process.execPath, [process.argv0].concat(execArgv, process.argv.slice(1)), process.env)
  } catch (err) {
    // it runs as it is, at a higher cost
  }
}

import('../dist/src/cli/main.js').then(function (main) {
  return main.run()
}, function (err) {
  const message = String(err && err.message)

  if (/^Cannot find module .*main\.js' imported from/.test(message)) {
    console.error('relay-server is not built yet: run npm run build')
  } else if (/^Cannot find package/.test(message)) {
    console.error('relay-server lacks a package: run npm ci (' + message + ')')
  } else {
    console.error(err)
  }

  process.exit(EXIT_FAILED)
})

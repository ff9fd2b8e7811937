/**
 * How V8 is set for a relay, which only a command line can do. What passes through lives for one tick: a young generation of
 * 1 MiB a half stays in the processor's cache, and costs less CPU and memory than the default of 16 MiB (docs/performance.md).
 */
export const V8_FLAGS = ['--max-semi-space-size=1']

/** @returns the options of Node.js to start again with, or undefined where they are set: by us, or by the operator */
export function withV8Flags (execArgv, nodeOptions) {
  const missing = V8_FLAGS.filter(function (flag) {
    const name = flag.split('=')[0]

    return !execArgv.concat((nodeOptions || '').split(/\s+/)).some(function (option) {
      return option.split('=')[0].replace(/_/g, '-') === name
    })
  })

  return missing.length === 0 ? undefined : missing.concat(execArgv)
}

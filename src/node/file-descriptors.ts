import { readFileSync } from 'node:fs'

/** Listeners, the store, logs, and the process's own. */
const OTHER_DESCRIPTORS = 128

/**
 * What to tell an operator whose limit of open files is below `max_connections`; undefined when it is enough or cannot be
 * told (only Linux shows it).
 */
export function fileDescriptorWarning (maxConnections: number, limit: number | undefined = openFilesLimit()): string | undefined {
  const needed = maxConnections + OTHER_DESCRIPTORS

  if (maxConnections === 0 || limit == null || limit >= needed) {
    return undefined
  }

  return `this process may open ${limit} files, and network.max_connections = ${maxConnections} needs ${needed}: ` +
    `raise the limit (ulimit -n ${needed}, or LimitNOFILE=${needed} in a systemd unit) or lower max_connections`
}

function openFilesLimit (): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []

    return soft == null || soft === 'unlimited' ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

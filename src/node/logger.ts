import { defaultLogger } from '@libp2p/logger'
import type { ComponentLogger, Logger } from '@libp2p/interface'

/**
 * libp2p's own log lines, which its environment variable DEBUG asks for. Each connection and each stream makes a few loggers of
 * its own, named by it; where nobody asked, all are one that says nothing.
 */
export function libp2pLogger (debug = process.env.DEBUG): ComponentLogger {
  return debug == null || debug.trim() === '' ? { forComponent: () => SILENT } : defaultLogger()
}

const nothing = (): void => {}
const SILENT: Logger = Object.assign((): void => {}, { enabled: false, error: nothing, trace: nothing, newScope: () => SILENT })

import type { OnWarning } from './index.js'
import type { ComponentLogger } from '@libp2p/interface'

const told = new Set<string>()

/** Says it once a process for each `topic`. */
export function warnOnce (topic: string, message: string, logger: ComponentLogger, onWarning?: OnWarning): void {
  if (told.has(topic)) {
    return
  }

  told.add(topic)

  if (onWarning != null) {
    onWarning(message)
  } else {
    logger.forComponent(`libp2p:${topic}`).error(message)
  }
}

/** For tests: the next warning of this topic is heard again. */
export function forgetWarning (topic: string): void {
  told.delete(topic)
}

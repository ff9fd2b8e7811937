/** Where finished lines go. Never throws: a log that cannot be written must not take the node with it. */
export interface Sink {
  /** One or more whole lines, each with its line feed. */
  write (lines: string): void
  /** Resolves when all is written, or cannot be. */
  flush (): Promise<void>
  close (): Promise<void>
}

/** Text for the caller, on standard output. */
export function print (text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Text for the person at the terminal, on standard error. */
export function complain (text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** `warning: …` lines, on standard error. */
export function warn (warnings: readonly string[]): void {
  warnings.forEach(warning => complain(`warning: ${warning}`))
}

/** Resolves when both streams are out, or nobody reads them any more, or after two seconds. */
export async function drained (): Promise<void> {
  const written = Promise.all([process.stdout, process.stderr].map(async stream => new Promise<void>(resolve => {
    stream.write('', () => resolve())
  })))

  await Promise.race([written, new Promise(resolve => setTimeout(resolve, 2000))])
}

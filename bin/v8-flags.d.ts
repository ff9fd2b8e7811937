export const V8_FLAGS: string[]
export function withV8Flags (execArgv: readonly string[], nodeOptions: string | undefined): string[] | undefined

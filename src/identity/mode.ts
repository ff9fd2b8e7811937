const GROUP = 0o070
const OTHERS = 0o007

/** What to do about a key file's mode. */
export type ModeVerdict = 'fine' | 'open-to-group' | 'tighten' | 'refuse'

/** The contract's rule ("[identity]"): open to others is mended when the file is ours and refused when it is not; group bits are a warning. */
export function judgeMode (mode: number, owner: number, self: number | undefined): ModeVerdict {
  if ((mode & OTHERS) !== 0) {
    return owner === self ? 'tighten' : 'refuse'
  }

  return (mode & GROUP) !== 0 ? 'open-to-group' : 'fine'
}

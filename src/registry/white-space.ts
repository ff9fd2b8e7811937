const WHITE_SPACE = /\p{White_Space}/u

/** Without the white space of Unicode around it, as Rust has it: `trim` takes U+FEFF for white space, and U+0085 for none. */
export function trimWhiteSpace (text: string): string {
  let from = 0
  let to = text.length

  // all white space is in the basic plane: one code unit each
  while (from < to && WHITE_SPACE.test(text.charAt(from))) {
    from++
  }

  while (from < to && WHITE_SPACE.test(text.charAt(to - 1))) {
    to--
  }

  return text.slice(from, to)
}

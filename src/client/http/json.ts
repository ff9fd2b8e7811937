import { parse } from 'lossless-json'

/** Whole numbers beyond 2^53 are `bigint`; all others are `number`. @throws SyntaxError */
export function parseJson (text: string): unknown {
  return parse(text, null, number)
}

function number (text: string): number | bigint {
  const value = Number(text)

  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text)
}

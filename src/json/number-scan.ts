import { MAX_DIGITS, numberOf } from './text.js'
import type { JsonValue } from './text.js'

const enum Phase { Start, Minus, Zero, Digits, Dot, Fraction, E, Sign, Exponent, Stop }

/** A number that may come in any pieces: of one of any length, only the first digits are kept. */
export class NumberScan {
  #head = ''
  /** Behind what is a number so far. */
  #phase: Phase = Phase.Start
  #isDone = false

  /** Nothing more belongs to it. */
  get isDone (): boolean {
    return this.#isDone
  }

  /** Undefined when what began is no number. */
  get value (): JsonValue | undefined {
    return this.#phase === Phase.Start ? undefined : numberOf(this.#head, this.#phase === Phase.Zero || this.#phase === Phase.Digits)
  }

  /** @returns where to go on: what makes no number yet, two characters at most, is to be given again with what follows */
  scan (text: string, start: number, isLast: boolean): number {
    let phase = this.#phase
    let accepted = start
    let at = start

    for (; at < text.length; at++) {
      phase = next(phase, text.charCodeAt(at))

      if (phase === Phase.Stop) {
        break
      }

      if (isNumber(phase)) {
        this.#phase = phase
        accepted = at + 1
      }
    }

    this.#isDone = isLast || at < text.length

    if (this.#head.length <= MAX_DIGITS) {
      this.#head += text.slice(start, Math.min(accepted, start + MAX_DIGITS + 1))
    }

    return accepted
  }
}

function isNumber (phase: Phase): boolean {
  return phase === Phase.Digits || phase === Phase.Zero || phase === Phase.Fraction || phase === Phase.Exponent
}

/** The grammar of RFC 8259, section 6. */
function next (phase: Phase, code: number): Phase {
  switch (phase) {
    case Phase.Start: return code === 0x2d ? Phase.Minus : first(code)
    case Phase.Minus: return first(code)
    case Phase.Zero: return behindWhole(code)
    case Phase.Digits: return isDigit(code) ? Phase.Digits : behindWhole(code)
    case Phase.Dot: return isDigit(code) ? Phase.Fraction : Phase.Stop
    case Phase.Fraction: return isDigit(code) ? Phase.Fraction : isE(code) ? Phase.E : Phase.Stop
    case Phase.E: return isDigit(code) ? Phase.Exponent : code === 0x2b || code === 0x2d ? Phase.Sign : Phase.Stop
    default: return isDigit(code) ? Phase.Exponent : Phase.Stop
  }
}

function first (code: number): Phase {
  return code === 0x30 ? Phase.Zero : isDigit(code) ? Phase.Digits : Phase.Stop
}

function behindWhole (code: number): Phase {
  return code === 0x2e ? Phase.Dot : isE(code) ? Phase.E : Phase.Stop
}

function isDigit (code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isE (code: number): boolean {
  return code === 0x45 || code === 0x65
}

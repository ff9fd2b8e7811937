/** Time as a store sees it: that of all its areas. */
export class Clock {
  floorMs = 0

  /** For a call that changes something. */
  goOn (now: number): number {
    return (this.floorMs = this.at(now))
  }

  at (now: number): number {
    return Math.max(this.floorMs, now)
  }
}

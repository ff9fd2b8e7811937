import assert from 'node:assert/strict'
import { Histogram, zeroes } from '../../src/histogram.js'

describe('histogram', () => {
  it('counts by upper ends, which belong to their buckets, and what is above all of them', () => {
    const histogram = new Histogram([1, 2.5])

    for (const value of [0, 1, 1.1, 2.5, 2.6, 100]) {
      histogram.observe(value)
    }

    assert.deepEqual([...histogram.counts], [2, 2, 2])
    assert.equal(histogram.count, 6)
    assert.equal(histogram.sum, 107.2)
  })

  it('has one bucket without bounds', () => {
    const histogram = new Histogram([])

    histogram.observe(3)
    assert.deepEqual([...histogram.counts], [1])
  })

  it('begins counters at 0', () => {
    assert.deepEqual(zeroes(['a', 'b']), { a: 0, b: 0 })
  })
})

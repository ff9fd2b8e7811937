import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { EnigmaError, ERROR_CATALOGUE, isErrorCode, renderErrorTable } from '../../src/errors.js'
import { toMailboxError } from '../../src/mailbox/errors.js'
import { StorageError, StorageFullError } from '../../src/storage/index.js'
import type { MailboxError } from '../../src/mailbox/errors.js'

describe('error catalogue', () => {
  it('is what docs/errors.md says', () => {
    const doc = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    const between = doc.split('<!-- errors: begin (src/errors.ts) -->')[1]?.split('<!-- errors: end -->')[0]

    assert.equal(between?.trim(), renderErrorTable())
  })

  it('has a sentence and a fitting status for each code, and advice only where it is of use to try again', () => {
    for (const [code, { meaning, httpStatus, retry, retryAfterMs }] of Object.entries(ERROR_CATALOGUE)) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/)
      assert.match(meaning, /^[A-Z].*\.$/)
      assert.ok(httpStatus == null || (httpStatus >= 400 && httpStatus < 600))
      assert.ok(retry || retryAfterMs === 0)
    }
  })

  it('takes what the store says, and tells nothing of the disk or of what is a bug', () => {
    assert.deepEqual(told(toMailboxError(new StorageError('EIO at /var/lib/alice'))), { code: 'storage_error', retryAfterMs: 1000, message: 'the store cannot be used just now' })
    assert.deepEqual(told(toMailboxError(new StorageFullError('full'))), { code: 'storage_full', retryAfterMs: 5000, message: 'full' })
    assert.equal(toMailboxError(new EnigmaError('malformed_message', 'alice')).code, 'internal_error')
    assert.doesNotMatch(toMailboxError(new TypeError('alice')).message, /alice/)
    assert.equal(isErrorCode('toString'), false)
  })
})

function told ({ code, retryAfterMs, message }: MailboxError): Partial<MailboxError> {
  return { code, retryAfterMs, message }
}

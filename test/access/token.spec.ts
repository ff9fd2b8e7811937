import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AUTH_PROTOCOL, InvalidTokenError, PUBLISHED_TOKEN, accessControl, authServer } from '../../src/access/index.js'
import { tokenCheck } from '../../src/access/token.js'
import { resolveConfig } from '../../src/config/index.js'

function isInvalid (token: string): (err: unknown) => boolean {
  return err => err instanceof InvalidTokenError && err.code === 'invalid_token' && (token === '' || !err.message.includes(token))
}

describe('the shared token', () => {
  it('may not be empty, blank or the published default, and the error does not repeat it', () => {
    for (const token of ['', '   ', PUBLISHED_TOKEN]) {
      assert.throws(() => authServer({ access: accessControl(), token }), isInvalid(token.trim()))
    }
  })

  it('has the published default of the configuration', () => {
    assert.equal(PUBLISHED_TOKEN, resolveConfig({}).auth.auth_token)
    assert.equal(AUTH_PROTOCOL, '/enigma/auth/1')
  })

  it('may be as long as a message holds and not longer', () => {
    // tag, two bytes of length
    tokenCheck('x'.repeat(1024 - 3))
    assert.throws(() => tokenCheck('x'.repeat(1024 - 2)), isInvalid('xxx'))
  })

  it('is right when it is equal and wrong in every other case', () => {
    const isRight = tokenCheck('sesame')

    assert.equal(isRight('sesame'), true)
    fc.assert(fc.property(fc.oneof(fc.string(), fc.constantFrom('', 'sesam', 'sesame ', 'Sesame', 'sesame\0')), token => {
      assert.equal(isRight(token), token === 'sesame')
    }))
  })
})

import { getKey } from './keys.js'
import { breaches, DEFAULT_TOKEN } from './rules.js'
import { resetValue, setValue } from './resolve.js'
import type { Draft } from './import.js'
import type { RuleBreach } from './rules.js'

/** Changes what would be refused at start, and says so: an import must load. Never switches a protection off. */
export function makeStartable (draft: Draft, makeToken: () => string): void {
  repairToken(draft, makeToken)
  repairHttp(draft)
  repairInflight(draft)

  // each turn resets one key to its default, and the defaults break no rule
  for (let breach = nextError(draft); breach !== undefined; breach = nextError(draft)) {
    const key = breach.keys.find(key => draft.taken.has(key))

    if (key === undefined) {
      break
    }

    draft.taken.delete(key)
    resetValue(draft.config, getKey(key))
    draft.note(key, `Refused: ${breach.message}. The default stands.`)
  }
}

function repairToken (draft: Draft, makeToken: () => string): void {
  const { auth } = draft.config

  if (auth.auth_enabled && (auth.auth_token.trim() === '' || auth.auth_token === DEFAULT_TOKEN)) {
    setValue(draft.config, getKey('auth.auth_token'), makeToken())
    draft.note('auth.auth_token', 'Changed: the old token was empty or the published one, which is refused. This one is new and random: give it to your peers.')
  }

  if (auth.restrict_connect && !auth.auth_enabled) {
    setValue(draft.config, getKey('auth.auth_enabled'), true)
    draft.note('auth.auth_enabled', 'Changed: restrict_connect needs it.')
    repairToken(draft, makeToken)
  }
}

function repairHttp (draft: Draft): void {
  const { http } = draft.config
  const broken = errors(draft).filter(({ part }) => part === 'http')

  if (http.mode === 'tls' && broken.length > 0) {
    setValue(draft.config, getKey('http.enabled'), false)
    draft.note('http.enabled', 'Switched off: mode is "tls", and [http.tls] lacks the certificate or the key.')
  } else if (broken.length > 0) {
    setValue(draft.config, getKey('http.behind_tls_proxy'), true)
    draft.note('http.behind_tls_proxy', 'Changed: the old server spoke plain HTTP on a public address, which needs this. Put a proxy in front that speaks TLS, and name it in trusted_proxies.')
  }
}

function repairInflight (draft: Draft): void {
  const key = getKey('mailbox.max_inflight_bytes')
  const wanted = 4 * (draft.config.mailbox.max_message_bytes + 128 * 1024)

  if (errors(draft).some(({ keys }) => keys[0] === key.key) && Number.isSafeInteger(wanted)) {
    setValue(draft.config, key, wanted)
    draft.note(key.key, 'Raised: it must hold the largest messages.')
  }
}

function errors (draft: Draft): RuleBreach[] {
  return breaches(draft.config).filter(({ part, warning }) => warning !== true && (part === undefined || draft.config[part].enabled))
}

function nextError (draft: Draft): RuleBreach | undefined {
  return errors(draft)[0]
}

import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: ['dist/', 'node_modules/', '.cache/', 'interop/', 'src/**/pb/', 'vendor/'] }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }]
    }
  },
  {
    // runs in browsers: its own files, and codecs that it shares with the server (test/client/browser.spec.ts)
    files: ['src/client/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{
          group: ['node:*', '**/access/*', '**/calls/index.js', '**/calls/server.js', '**/calls/stream.js', '**/cli/*', '**/config/*', '**/identity/*', '**/node/*', '**/ops/*', '**/relay/*', '**/security/*', '**/storage/*', '**/transports/*', '**/mailbox/index.js', '**/mailbox/server.js', '**/mailbox/stream.js', '**/mailbox/mailbox.js', '**/registry/rules/*', '**/registry/registry.js', '**/json/parse.js'],
          message: 'The client is for browsers too: it imports nothing of Node.js and no part of the server.'
        }]
      }]
    }
  },
  {
    files: ['**/*.spec.ts'],
    rules: { 'no-unused-expressions': 'off' }
  }
]

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
    files: ['**/*.spec.ts'],
    rules: { 'no-unused-expressions': 'off' }
  }
]

import type { FastifyServerOptions } from 'fastify'

/**
 * For `schemaController` of fastify: nothing here is checked or written by schemas of fastify's kind, and without this option it loads ajv and
 * fast-json-stringify (220 modules) when it is made.
 */
export const noCompilers: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    buildValidator: () => () => { throw new Error('a schema without a validator') },
    buildSerializer: () => () => { throw new Error('a schema without a serializer') }
  }
}

/** An object with some of its methods in other words; those that use private fields go on to work. */
export function withCalls<T extends object> (target: T, calls: Partial<T>): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(calls, name) ? calls : object, name)

      return typeof value === 'function' && !Object.hasOwn(calls, name) ? value.bind(object) as unknown : value
    }
  })
}

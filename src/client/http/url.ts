import { ClientError } from '../errors.js'

/** A base URL, with a slash at its end. @throws ClientError `invalid_argument` */
export function parseUrl (text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined

  if (url == null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new ClientError('invalid_argument', 'the node\'s url is none of http or https')
  }

  url.pathname = url.pathname.replace(/\/*$/, '/')

  return url
}

import type { Stream } from '@libp2p/interface'

/** How long the other end may take to close the channel of a stream that was reset. */
const CHANNEL_LINGER_MS = 1000

/** The part of an RTCDataChannel that is used; libp2p's stream keeps its channel under `channel`. */
interface Channel {
  readonly readyState: string
  close (): void
}

/**
 * Whether the end that a stream has just told is only the end of its channel. libp2p's WebRTC streams tell both alike, and the
 * close of a channel often overtakes the reset that was sent before it. Whoever sends a FIN keeps the channel open until it
 * is acknowledged (libp2p/specs webrtc, "Closing an RTCDataChannel"). False for streams of other transports.
 */
export function isCut (stream: Stream): boolean {
  const channel = channelOf(stream)

  return channel != null && channel.readyState !== 'open'
}

/**
 * Aborts a stream so that the other end sees a reset. libp2p's WebRTC streams close their channel at once behind the reset, and
 * their other end then often sees the close first and takes it for an end: the channel stays for a second, in which whoever
 * got the reset closes it.
 */
export function resetStream (stream: Stream, err: Error): void {
  const channel = channelOf(stream)

  if (channel?.readyState === 'open') {
    const close = channel.close.bind(channel)

    channel.close = () => {}
    setTimeout(() => {
      channel.close = close

      try {
        close()
      } catch {
        // gone with its connection
      }
    }, CHANNEL_LINGER_MS).unref()
  }

  stream.abort(err)
}

function channelOf (stream: Stream): Channel | undefined {
  const channel = 'channel' in stream ? stream.channel : undefined

  return typeof channel === 'object' && channel != null && 'readyState' in channel && 'close' in channel ? channel as Channel : undefined
}

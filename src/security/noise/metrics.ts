import type { Counter, Metrics } from '@libp2p/interface'

export interface NoiseMetrics {
  encryptedPackets: Counter
  decryptedPackets: Counter
  decryptErrors: Counter
}

/** A handshake makes a stock encrypter of its own: what one of them registers, all others get. */
export function shareCounters (metrics: Metrics): Pick<Metrics, 'registerCounter'> {
  const counters = new Map<string, Counter>()

  return {
    registerCounter: ((name: string, options?: object): Counter => {
      let counter = counters.get(name)

      if (counter == null) {
        counter = metrics.registerCounter(name, options)
        counters.set(name, counter)
      }

      return counter
    }) as Metrics['registerCounter']
  }
}

/** The stock encrypter's own names; here a packet is what one send or one arrival held. */
export function noiseMetrics (metrics: Pick<Metrics, 'registerCounter'>): NoiseMetrics {
  return {
    encryptedPackets: metrics.registerCounter('libp2p_noise_encrypted_packets_total', {
      help: 'Total count of noise encrypted packets successfully'
    }),
    decryptedPackets: metrics.registerCounter('libp2p_noise_decrypted_packets_total', {
      help: 'Total count of noise decrypted packets'
    }),
    decryptErrors: metrics.registerCounter('libp2p_noise_decrypt_errors_total', {
      help: 'Total count of noise decrypt errors'
    })
  }
}

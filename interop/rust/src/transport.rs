//! One transport and (on TCP) one security protocol a peer, with the relay client's transport beside it.

use std::error::Error;

use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, OrTransport},
        upgrade::Version,
        Transport,
    },
    identity::Keypair,
    noise, quic, relay, tcp, tls, yamux, PeerId,
};

type Connections = Boxed<(PeerId, StreamMuxerBox)>;
type BoxError = Box<dyn Error + Send + Sync>;

#[derive(Clone, Copy)]
enum Security {
    Tls,
    Noise,
}

pub fn build(kind: &str, key: &Keypair, relay: Option<relay::client::Transport>) -> Result<Connections, BoxError> {
    let (direct, security) = match kind {
        "tcp+tls" => (secure(plain_tcp(), Security::Tls, key)?, Security::Tls),
        "tcp+noise" => (secure(plain_tcp(), Security::Noise, key)?, Security::Noise),
        "ws" => (
            secure(libp2p_websocket::Config::new(plain_tcp()), Security::Noise, key)?,
            Security::Noise,
        ),
        "quic" => {
            let transport = quic::tokio::Transport::new(quic::Config::new(key));
            (
                transport
                    .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
                    .boxed(),
                Security::Noise,
            )
        }
        _ => return Err(format!("no such transport: {kind:?}").into()),
    };
    match relay {
        None => Ok(direct),
        Some(relay) => {
            let relayed = secure(relay, security, key)?;
            Ok(OrTransport::new(relayed, direct)
                .map(|either, _| either.into_inner())
                .boxed())
        }
    }
}

fn plain_tcp() -> tcp::tokio::Transport {
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
}

fn secure<T>(transport: T, security: Security, key: &Keypair) -> Result<Connections, BoxError>
where
    T: Transport + Send + Unpin + 'static,
    T::Output: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    T::Error: Send + Sync + 'static,
    T::Dial: Send,
    T::ListenerUpgrade: Send,
{
    let upgrade = transport.upgrade(Version::V1Lazy);
    Ok(match security {
        Security::Tls => upgrade
            .authenticate(tls::Config::new(key)?)
            .multiplex(yamux::Config::default())
            .boxed(),
        Security::Noise => upgrade
            .authenticate(noise::Config::new(key)?)
            .multiplex(yamux::Config::default())
            .boxed(),
    })
}

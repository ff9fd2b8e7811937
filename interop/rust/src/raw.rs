//! A circuit by hand: after the handshake the test writes and reads the very stream that the relay splices, with no security
//! protocol on top, so each byte, FIN and reset is the relay's own.

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{multiaddr::Protocol, relay, Multiaddr, PeerId, Stream};
use prost::Message;
use serde_json::{json, Value};

use crate::{
    bytes::receive, bytes::tell_reset, emit, fields, node::Node, Command, Failure, Fields, Outcome, DEFAULT_TIMEOUT,
};

const MAX_MESSAGE_BYTES: usize = 4096;
const OK: u32 = 100;
const CONNECTION_FAILED: u32 = 203;

/// `type` of HOP and of STOP messages.
mod kind {
    pub const HOP_RESERVE: u32 = 0;
    pub const HOP_CONNECT: u32 = 1;
    pub const HOP_STATUS: u32 = 2;
    pub const STOP_CONNECT: u32 = 0;
    pub const STOP_STATUS: u32 = 1;
}

#[derive(Clone, PartialEq, Message)]
struct Peer {
    #[prost(bytes = "vec", optional, tag = "1")]
    id: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Reservation {
    #[prost(uint64, optional, tag = "1")]
    expire: Option<u64>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    addrs: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    voucher: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Limit {
    #[prost(uint32, optional, tag = "1")]
    duration: Option<u32>,
    #[prost(uint64, optional, tag = "2")]
    data: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct Hop {
    #[prost(uint32, optional, tag = "1")]
    kind: Option<u32>,
    #[prost(message, optional, tag = "2")]
    peer: Option<Peer>,
    #[prost(message, optional, tag = "3")]
    reservation: Option<Reservation>,
    #[prost(message, optional, tag = "4")]
    limit: Option<Limit>,
    #[prost(uint32, optional, tag = "5")]
    status: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Stop {
    #[prost(uint32, optional, tag = "1")]
    kind: Option<u32>,
    #[prost(message, optional, tag = "2")]
    peer: Option<Peer>,
    #[prost(message, optional, tag = "3")]
    limit: Option<Limit>,
    #[prost(uint32, optional, tag = "4")]
    status: Option<u32>,
}

impl Node {
    /// Opens HOP to the relay at `addr`, connecting first, and sends one request.
    async fn hop(&self, addr: &str, request: Hop) -> Result<(Stream, Hop), Failure> {
        let addr: Multiaddr = addr.parse()?;
        let Some(Protocol::P2p(relay)) = addr.iter().last() else {
            return Err(Failure::Other("the relay's address has no PeerId".into()));
        };
        self.connect(addr).await?;
        let mut stream = self
            .control
            .clone()
            .open_stream(relay, relay::HOP_PROTOCOL_NAME)
            .await?;
        send_message(&mut stream, &request).await?;
        let reply: Hop = read_message(&mut stream).await?;
        if reply.kind != Some(kind::HOP_STATUS) {
            return Err(Failure::Other(format!("expected STATUS, got {:?}", reply.kind)));
        }
        if reply.status != Some(OK) {
            let end = receive(&mut stream, 0).await.end;
            let end = tell_reset(end, &mut stream).await;
            return Err(Failure::Refused {
                status: status_name(reply.status),
                end,
            });
        }
        Ok((stream, reply))
    }

    pub async fn raw_reserve(&self, command: &Command) -> Outcome {
        let request = Hop {
            kind: Some(kind::HOP_RESERVE),
            ..Default::default()
        };
        let (mut stream, reply) = self.hop(command.text("addr"), request).await?;
        let end = receive(&mut stream, 0).await.end;
        stream.close().await?;
        let reservation = reply.reservation.unwrap_or_default();
        let addrs: Result<Vec<_>, _> = reservation.addrs.into_iter().map(Multiaddr::try_from).collect();
        let addrs: Vec<_> = addrs?.iter().map(Multiaddr::to_string).collect();
        Ok(fields(json!({
            "expires": reservation.expire, "addrs": addrs, "voucher_bytes": reservation.voucher.map(|v| v.len()),
            "limit": describe(reply.limit), "end": end,
        })))
    }

    pub async fn circuit(&self, command: &Command) -> Outcome {
        let target: PeerId = command.text("peer").parse()?;
        let peer = Some(Peer {
            id: Some(target.to_bytes()),
        });
        let request = Hop {
            kind: Some(kind::HOP_CONNECT),
            peer,
            ..Default::default()
        };
        let (stream, reply) = self.hop(command.text("addr"), request).await?;
        Ok(fields(
            json!({ "stream": self.hold(stream), "limit": describe(reply.limit) }),
        ))
    }

    /// Takes circuits, or refuses them all.
    pub fn serve_stop(&self) -> Result<(), Failure> {
        let mut stops = self.control.clone().accept(relay::STOP_PROTOCOL_NAME)?;
        let node = self.clone();
        tokio::spawn(async move {
            while let Some((_, stream)) = stops.next().await {
                let node = node.clone();
                tokio::spawn(async move {
                    let outcome = tokio::time::timeout(DEFAULT_TIMEOUT, node.answer_stop(stream)).await;
                    match outcome.unwrap_or_else(|_| Err(Failure::Other("timeout".into()))) {
                        Ok(event) => emit("circuit", event.into()),
                        Err(Failure::Other(reason) | Failure::Refused { status: reason, .. }) => {
                            emit("stop_failed", json!({ "reason": reason }))
                        }
                    }
                });
            }
        });
        Ok(())
    }

    async fn answer_stop(&self, mut stream: Stream) -> Result<Fields, Failure> {
        let request: Stop = read_message(&mut stream).await?;
        if request.kind != Some(kind::STOP_CONNECT) {
            return Err(Failure::Other(format!("expected CONNECT, got {:?}", request.kind)));
        }
        let source = PeerId::from_bytes(&request.peer.and_then(|peer| peer.id).unwrap_or_default())?;
        let status = if self.refuse { CONNECTION_FAILED } else { OK };
        send_message(
            &mut stream,
            &Stop {
                kind: Some(kind::STOP_STATUS),
                status: Some(status),
                ..Default::default()
            },
        )
        .await?;
        let mut event = fields(json!({ "peer": source.to_string(), "limit": describe(request.limit) }));
        if self.refuse {
            let end = receive(&mut stream, 0).await.end;
            event.insert("end".into(), tell_reset(end, &mut stream).await.into());
        } else {
            event.insert("stream".into(), self.hold(stream).into());
        }
        Ok(event)
    }
}

async fn send_message(stream: &mut Stream, message: &impl Message) -> Result<(), Failure> {
    stream.write_all(&message.encode_length_delimited_to_vec()).await?;
    Ok(stream.flush().await?)
}

/// Reads one message and not a byte more: what follows belongs to the circuit.
async fn read_message<M: Message + Default>(stream: &mut Stream) -> Result<M, Failure> {
    let mut length = 0;
    for shift in [0, 7] {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    if length > MAX_MESSAGE_BYTES {
        return Err(Failure::Other(format!("a message of {length} bytes")));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(M::decode(body.as_slice())?)
}

fn describe(limit: Option<Limit>) -> Value {
    limit.map_or(
        Value::Null,
        |limit| json!({ "duration": limit.duration.unwrap_or(0), "data": limit.data.unwrap_or(0) }),
    )
}

fn status_name(status: Option<u32>) -> String {
    let name = match status {
        Some(200) => "RESERVATION_REFUSED",
        Some(201) => "RESOURCE_LIMIT_EXCEEDED",
        Some(202) => "PERMISSION_DENIED",
        Some(203) => "CONNECTION_FAILED",
        Some(204) => "NO_RESERVATION",
        Some(400) => "MALFORMED_MESSAGE",
        Some(401) => "UNEXPECTED_MESSAGE",
        other => return format!("{other:?}"),
    };
    name.to_string()
}

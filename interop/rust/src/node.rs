//! The swarm, and the streams that the test holds by name.

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};

use futures::{
    io::{AsyncReadExt, ReadHalf, WriteHalf},
    StreamExt,
};
use libp2p::{
    core::transport::ListenerId,
    identify,
    identity::Keypair,
    multiaddr::Protocol,
    ping, relay,
    swarm::{behaviour::toggle::Toggle, dial_opts::DialOpts, ConnectionId, DialError, NetworkBehaviour, SwarmEvent},
    Multiaddr, PeerId, Stream, Swarm,
};
use serde_json::{json, Value};
use tokio::sync::{mpsc, oneshot};

use crate::{emit, fields, transport, Command, Failure, Fields, Outcome};

/// rust-libp2p does not export the type's name.
macro_rules! describe {
    ($limit:expr) => {
        $limit.map(|limit| {
            json!({ "duration": limit.duration().map_or(0, |d| d.as_secs()), "data": limit.data_in_bytes().unwrap_or(0) })
        })
    };
}

#[derive(NetworkBehaviour)]
pub struct Behaviour {
    relay: Toggle<relay::client::Behaviour>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    streams: libp2p_stream::Behaviour,
}

type Reply = oneshot::Sender<Result<Fields, String>>;

enum Order {
    Dial { opts: DialOpts, reply: Reply },
    Listen { addr: Multiaddr, reply: Reply },
    Disconnect { peer: PeerId, reply: Reply },
}

/// A stream that the test holds. Dropping both halves of one that was not closed resets it on yamux; on QUIC rust-libp2p has
/// no way to reset a stream, and a dropped one ends with FIN.
#[derive(Clone)]
pub struct Held {
    pub reader: Arc<tokio::sync::Mutex<ReadHalf<Stream>>>,
    pub writer: Arc<tokio::sync::Mutex<WriteHalf<Stream>>>,
}

#[derive(Clone)]
pub struct Node {
    pub peer_id: PeerId,
    pub control: libp2p_stream::Control,
    pub refuse: bool,
    raw: bool,
    orders: mpsc::UnboundedSender<Order>,
    streams: Arc<Mutex<HashMap<String, Held>>>,
    last: Arc<AtomicU64>,
}

impl Node {
    /// A peer that can only dial. With `raw` it does not speak the client's side of circuit relay by itself: HOP and STOP
    /// are spoken by hand (raw.rs).
    pub fn start(command: &Command) -> Result<Self, Failure> {
        let key = Keypair::generate_ed25519();
        let peer_id = key.public().to_peer_id();
        let (relay_transport, relay_behaviour) = match command.flag("raw") {
            true => (None, None),
            false => {
                let (transport, behaviour) = relay::client::new(peer_id);
                (Some(transport), Some(behaviour))
            }
        };
        let transport = transport::build(command.text("transport"), &key, relay_transport)?;
        let streams = libp2p_stream::Behaviour::new();
        let control = streams.new_control();
        let behaviour = Behaviour {
            relay: relay_behaviour.into(),
            identify: identify::Behaviour::new(identify::Config::new("/interop/1".into(), key.public())),
            ping: ping::Behaviour::default(),
            streams,
        };
        let config =
            libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(Duration::from_secs(3600));
        let swarm = Swarm::new(transport, behaviour, peer_id, config);
        let (orders, inbox) = mpsc::unbounded_channel();
        tokio::spawn(
            Loop {
                swarm,
                inbox,
                dials: HashMap::new(),
                listeners: HashMap::new(),
                limit: None,
            }
            .run(),
        );

        let node = Node {
            peer_id,
            control,
            refuse: command.flag("refuse"),
            raw: command.flag("raw"),
            orders,
            streams: Default::default(),
            last: Default::default(),
        };
        node.serve()?;
        if command.flag("raw") {
            node.serve_stop()?;
        }
        Ok(node)
    }

    pub async fn run(&self, command: &Command) -> Outcome {
        match command.text("cmd") {
            "reserve" if self.raw => self.raw_reserve(command).await,
            "reserve" => {
                let addr = command.text("addr").parse::<Multiaddr>()?.with(Protocol::P2pCircuit);
                self.order(|reply| Order::Listen { addr, reply }).await
            }
            "connect" => self.connect(command.text("addr").parse()?).await,
            "disconnect" => {
                let peer = command.text("peer").parse()?;
                self.order(|reply| Order::Disconnect { peer, reply }).await
            }
            "echo" => self.echo(command).await,
            "bulk" => self.bulk(command).await,
            "open" => self.open(command).await,
            "circuit" => self.circuit(command).await,
            "write" => self.write(command).await,
            "read" => self.read(command).await,
            "close_write" => self.close_write(command).await,
            "reset" => {
                self.take(command)?;
                Ok(Fields::new())
            }
            other => Err(Failure::Other(format!("no such command: {other:?}"))),
        }
    }

    pub async fn connect(&self, addr: Multiaddr) -> Outcome {
        let opts = DialOpts::from(addr);
        self.order(|reply| Order::Dial { opts, reply }).await
    }

    async fn order(&self, make: impl FnOnce(Reply) -> Order) -> Outcome {
        let (reply, answer) = oneshot::channel();
        self.orders.send(make(reply))?;
        answer.await?.map_err(Failure::Other)
    }

    pub fn hold(&self, stream: Stream) -> String {
        let name = format!("s{}", self.last.fetch_add(1, Ordering::Relaxed) + 1);
        let (reader, writer) = stream.split();
        let held = Held {
            reader: Arc::new(reader.into()),
            writer: Arc::new(writer.into()),
        };
        self.streams
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .insert(name.clone(), held);
        name
    }

    pub fn held(&self, command: &Command) -> Result<Held, Failure> {
        let name = command.text("stream");
        let streams = self.streams.lock().unwrap_or_else(|e| e.into_inner());
        streams
            .get(name)
            .cloned()
            .ok_or_else(|| Failure::Other(format!("no such stream: {name:?}")))
    }

    fn take(&self, command: &Command) -> Result<Held, Failure> {
        let name = command.text("stream");
        let mut streams = self.streams.lock().unwrap_or_else(|e| e.into_inner());
        streams
            .remove(name)
            .ok_or_else(|| Failure::Other(format!("no such stream: {name:?}")))
    }
}

/// A reservation that has not been granted yet (`reply` is there) or has been.
struct Listening {
    reply: Option<Reply>,
    granted: Option<Value>,
    addrs: Vec<String>,
}

struct Loop {
    swarm: Swarm<Behaviour>,
    inbox: mpsc::UnboundedReceiver<Order>,
    dials: HashMap<ConnectionId, Reply>,
    listeners: HashMap<ListenerId, Listening>,
    /// Of the circuit that was established last; its connection is reported after it.
    limit: Option<Value>,
}

impl Loop {
    async fn run(mut self) {
        loop {
            tokio::select! {
                order = self.inbox.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                event = self.swarm.select_next_some() => self.hear(event),
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Dial { opts, reply } => {
                let id = opts.connection_id();
                match self.swarm.dial(opts) {
                    Ok(()) => drop(self.dials.insert(id, reply)),
                    Err(DialError::DialPeerConditionFalse(_)) => drop(reply.send(Ok(Fields::new()))),
                    Err(error) => drop(reply.send(Err(format!("{error:?}")))),
                }
            }
            Order::Listen { addr, reply } => match self.swarm.listen_on(addr) {
                Ok(id) => {
                    self.listeners.insert(
                        id,
                        Listening {
                            reply: Some(reply),
                            granted: None,
                            addrs: vec![],
                        },
                    );
                }
                Err(error) => drop(reply.send(Err(format!("{error:?}")))),
            },
            Order::Disconnect { peer, reply } => {
                let _ = self.swarm.disconnect_peer_id(peer);
                drop(reply.send(Ok(Fields::new())))
            }
        }
    }

    fn hear(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::ConnectionEstablished { connection_id, .. } => {
                if let Some(reply) = self.dials.remove(&connection_id) {
                    let limit = self.limit.take().unwrap_or(Value::Null);
                    drop(reply.send(Ok(fields(json!({ "limit": limit })))))
                }
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id, error, ..
            } => {
                if let Some(reply) = self.dials.remove(&connection_id) {
                    drop(reply.send(Err(format!("{error:?}"))))
                }
            }
            SwarmEvent::NewListenAddr { listener_id, address } => {
                if let Some(listening) = self.listeners.get_mut(&listener_id) {
                    listening.addrs.push(address.to_string());
                }
                self.settle()
            }
            SwarmEvent::ListenerClosed {
                listener_id, reason, ..
            } => {
                let why = match reason {
                    Ok(()) => "closed".to_string(),
                    Err(error) => format!("{error:?}"),
                };
                match self
                    .listeners
                    .remove(&listener_id)
                    .and_then(|listening| listening.reply)
                {
                    Some(reply) => drop(reply.send(Err(why))),
                    None => emit("reservation_lost", json!({ "reason": why })),
                }
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                cause: Some(error),
                ..
            } => emit(
                "connection_lost",
                json!({ "peer": peer_id.to_string(), "reason": format!("{error:?}") }),
            ),
            SwarmEvent::Behaviour(BehaviourEvent::Relay(event)) => self.hear_relay(event),
            _ => {}
        }
    }

    fn hear_relay(&mut self, event: relay::client::Event) {
        use relay::client::Event::*;
        match event {
            ReservationReqAccepted {
                renewal: true, limit, ..
            } => emit("renewed", json!({ "limit": describe!(limit) })),
            ReservationReqAccepted {
                renewal: false, limit, ..
            } => {
                let granted = json!(describe!(limit));
                if let Some(listening) = self
                    .listeners
                    .values_mut()
                    .find(|listening| listening.granted.is_none())
                {
                    listening.granted = Some(granted);
                }
                self.settle()
            }
            OutboundCircuitEstablished { limit, .. } => self.limit = Some(json!(describe!(limit))),
            InboundCircuitEstablished { src_peer_id, limit } => emit(
                "inbound_circuit",
                json!({ "peer": src_peer_id.to_string(), "limit": describe!(limit) }),
            ),
        }
    }

    /// Answers a RESERVE that was granted and has led to an address.
    fn settle(&mut self) {
        for listening in self.listeners.values_mut() {
            if listening.addrs.is_empty() {
                continue;
            }
            if let Some(limit) = listening.granted.as_ref() {
                if let Some(reply) = listening.reply.take() {
                    drop(reply.send(Ok(fields(json!({ "limit": limit, "addrs": listening.addrs })))))
                }
            }
        }
    }
}

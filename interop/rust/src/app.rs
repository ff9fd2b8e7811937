//! The three protocols that peers run with each other through the relay, and the streams that the test holds.

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{PeerId, Stream, StreamProtocol};
use serde_json::json;

use crate::{
    bytes::{receive, send, tell_reset, Moved, Source},
    emit, fields,
    node::Node,
    Command, Failure, Fields, Outcome, DEFAULT_TIMEOUT,
};

const ECHO: StreamProtocol = StreamProtocol::new("/interop/echo/1");
const BULK: StreamProtocol = StreamProtocol::new("/interop/bulk/1");
const HOLD: StreamProtocol = StreamProtocol::new("/interop/hold/1");

const HASH_BYTES: usize = 32;

impl Node {
    pub fn serve(&self) -> Result<(), Failure> {
        let mut control = self.control.clone();
        let (mut echoes, mut bulks, mut holds) = (control.accept(ECHO)?, control.accept(BULK)?, control.accept(HOLD)?);
        tokio::spawn(async move {
            while let Some((_, stream)) = echoes.next().await {
                tokio::spawn(answer_echo(stream));
            }
        });
        tokio::spawn(async move {
            while let Some((peer, stream)) = bulks.next().await {
                tokio::spawn(serve_bulk(peer, stream));
            }
        });
        let node = self.clone();
        tokio::spawn(async move {
            while let Some((peer, stream)) = holds.next().await {
                emit(
                    "stream",
                    json!({ "stream": node.hold(stream), "peer": peer.to_string() }),
                );
            }
        });
        Ok(())
    }

    async fn new_stream(&self, command: &Command, protocol: StreamProtocol) -> Result<Stream, Failure> {
        Ok(self
            .control
            .clone()
            .open_stream(command.text("peer").parse()?, protocol)
            .await?)
    }

    pub async fn open(&self, command: &Command) -> Outcome {
        let stream = self.new_stream(command, HOLD).await?;
        Ok(fields(json!({ "stream": self.hold(stream) })))
    }

    /// Sends frames one at a time, each after the last came back whole, then ends its side and expects the other's end.
    pub async fn echo(&self, command: &Command) -> Outcome {
        let mut stream = self.new_stream(command, ECHO).await?;
        let mut source = Source::new(command.number("seed"));
        let frames = command.number("frames");
        let mut total = 0;
        for i in 0..frames {
            let mut frame = vec![0; 1 + (i as usize * 7) % 1021];
            source.fill(&mut frame);
            let mut back = vec![0; frame.len()];
            stream
                .write_all(&frame)
                .await
                .map_err(|e| format!("frame {i}: {e:?}"))
                .map_err(Failure::Other)?;
            stream.flush().await?;
            stream
                .read_exact(&mut back)
                .await
                .map_err(|e| format!("frame {i}: {e:?}"))
                .map_err(Failure::Other)?;
            if frame != back {
                return Err(Failure::Other(format!("frame {i} came back changed")));
            }
            total += frame.len();
        }
        stream.close().await?;
        let end = receive(&mut stream, 0).await.end;
        Ok(fields(json!({ "frames": frames, "bytes": total, "end": end })))
    }

    /// Sends and receives at the same time, ends its side, and then still gets the hash of what the other side received:
    /// the half-open direction works.
    pub async fn bulk(&self, command: &Command) -> Outcome {
        let mut stream = self.new_stream(command, BULK).await?;
        let count = command.number("bytes");
        stream.write_all(&count.to_be_bytes()).await?;
        let (mut stream, received, sent) = exchange(stream, command.number("seed"), count).await?;
        stream.close().await?;
        let mut theirs = vec![0; HASH_BYTES];
        stream
            .read_exact(&mut theirs)
            .await
            .map_err(|e| Failure::Other(format!("the hash after our end: {e:?}")))?;
        if theirs != sent.hash {
            return Err(Failure::Other(
                "the other side received something else than was sent".into(),
            ));
        }
        let mut result = summary(&received, &sent);
        result.insert("end".into(), receive(&mut stream, 0).await.end.into());
        Ok(result)
    }

    pub async fn write(&self, command: &Command) -> Outcome {
        let held = self.held(command)?;
        let moved = send(
            &mut *held.writer.lock().await,
            command.number("seed"),
            command.number("bytes"),
        )
        .await;
        Ok(fields(
            json!({ "bytes": moved.bytes, "sha256": moved.sha256(), "end": moved.end }),
        ))
    }

    /// With `ended` the own side has been ended before, and a reset of yamux cannot be told from an end.
    pub async fn read(&self, command: &Command) -> Outcome {
        let held = self.held(command)?;
        let moved = receive(&mut *held.reader.lock().await, command.number("bytes")).await;
        let end = match command.flag("ended") {
            true => moved.end.clone(),
            false => tell_reset(moved.end.clone(), &mut *held.writer.lock().await).await,
        };
        Ok(fields(
            json!({ "bytes": moved.bytes, "sha256": moved.sha256(), "end": end }),
        ))
    }

    pub async fn close_write(&self, command: &Command) -> Outcome {
        self.held(command)?.writer.lock().await.close().await?;
        Ok(Fields::new())
    }
}

async fn answer_echo(mut stream: Stream) -> std::io::Result<()> {
    let mut buf = vec![0; 64 * 1024];
    loop {
        let n = stream.read(&mut buf).await?;
        if n == 0 {
            return stream.close().await;
        }
        stream.write_all(&buf[..n]).await?;
        stream.flush().await?;
    }
}

async fn serve_bulk(peer: PeerId, stream: Stream) {
    let outcome = tokio::time::timeout(2 * DEFAULT_TIMEOUT, answer_bulk(stream)).await;
    match outcome.unwrap_or_else(|_| Err(Failure::Other("timeout".into()))) {
        Ok(mut result) => {
            result.insert("peer".into(), peer.to_string().into());
            emit("bulk", result.into());
        }
        Err(Failure::Other(reason) | Failure::Refused { status: reason, .. }) => {
            emit("bulk_failed", json!({ "reason": reason }))
        }
    }
}

async fn answer_bulk(mut stream: Stream) -> Outcome {
    let mut header = [0; 8];
    stream.read_exact(&mut header).await?;
    let count = u64::from_be_bytes(header);
    let (mut stream, received, sent) = exchange(stream, count + 1, count).await?;
    let rest = receive(&mut stream, 0).await;
    if rest.end != "eof" || rest.bytes != 0 {
        return Err(Failure::Other(format!(
            "expected the end, got {} bytes and {}",
            rest.bytes, rest.end
        )));
    }
    stream.write_all(&received.hash).await?;
    stream.close().await?;
    Ok(summary(&received, &sent))
}

/// Sends and receives `count` bytes at the same time.
async fn exchange(stream: Stream, seed: u64, count: u64) -> Result<(Stream, Moved, Moved), Failure> {
    let (mut reader, mut writer) = stream.split();
    let (received, sent) = futures::join!(receive(&mut reader, count), send(&mut writer, seed, count));
    if received.end != "open" {
        return Err(Failure::Other(format!(
            "received {} of {count} bytes, then {}",
            received.bytes, received.end
        )));
    }
    if sent.end != "open" {
        return Err(Failure::Other(format!(
            "sent {} of {count} bytes: {}",
            sent.bytes, sent.end
        )));
    }
    Ok((reader.reunite(writer)?, received, sent))
}

fn summary(received: &Moved, sent: &Moved) -> Fields {
    fields(json!({
        "sent": sent.bytes, "sent_sha256": sent.sha256(),
        "received": received.bytes, "received_sha256": received.sha256(),
    }))
}

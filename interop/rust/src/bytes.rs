//! Bytes that are the same for the same seed, counted and hashed on their way.

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use sha2::{Digest, Sha256};

const CHUNK_BYTES: usize = 16 * 1024;

/// xorshift64, as in the go peer.
pub struct Source {
    state: u64,
}

impl Source {
    pub fn new(seed: u64) -> Self {
        Source {
            state: seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15),
        }
    }

    pub fn fill(&mut self, buf: &mut [u8]) {
        for (i, byte) in buf.iter_mut().enumerate() {
            if i % 8 == 0 {
                self.state ^= self.state << 13;
                self.state ^= self.state >> 7;
                self.state ^= self.state << 17;
            }
            *byte = (self.state >> (8 * (i % 8))) as u8;
        }
    }
}

pub struct Moved {
    pub bytes: u64,
    pub hash: Vec<u8>,
    /// "open" (there may be more), "eof", or the kind of the error.
    pub end: String,
}

impl Moved {
    pub fn sha256(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Writes `count` bytes. What was taken before an error is in the result too.
pub async fn send(writer: &mut (impl AsyncWrite + Unpin), seed: u64, count: u64) -> Moved {
    let mut source = Source::new(seed);
    let mut sum = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    let mut end = "open".to_string();
    'chunks: while bytes < count {
        let length = (count - bytes).min(CHUNK_BYTES as u64) as usize;
        source.fill(&mut chunk[..length]);
        let mut at = 0;
        while at < length {
            match writer.write(&chunk[at..length]).await {
                Ok(n) => {
                    sum.update(&chunk[at..at + n]);
                    at += n;
                    bytes += n as u64;
                }
                Err(error) => {
                    end = format!("{:?}", error.kind());
                    break 'chunks;
                }
            }
        }
    }
    if end == "open" {
        if let Err(error) = writer.flush().await {
            end = format!("{:?}", error.kind());
        }
    }
    Moved {
        bytes,
        hash: sum.finalize().to_vec(),
        end,
    }
}

/// Reads `count` bytes, or to the end when it is 0.
pub async fn receive(reader: &mut (impl AsyncRead + Unpin), count: u64) -> Moved {
    let mut sum = Sha256::new();
    let mut buf = vec![0; 4 * CHUNK_BYTES];
    let mut bytes = 0;
    let mut end = "open".to_string();
    while count == 0 || bytes < count {
        let room = match count {
            0 => buf.len(),
            _ => (count - bytes).min(buf.len() as u64) as usize,
        };
        match reader.read(&mut buf[..room]).await {
            Ok(0) => {
                end = "eof".into();
                break;
            }
            Ok(n) => {
                sum.update(&buf[..n]);
                bytes += n as u64;
            }
            Err(error) => {
                end = format!("{:?}", error.kind());
                break;
            }
        }
    }
    Moved {
        bytes,
        hash: sum.finalize().to_vec(),
        end,
    }
}

/// rust-yamux reads a reset as an end; but nothing can be written any more then. An empty write shows it and puts nothing on
/// the other side's stream. For a stream whose own side was not ended yet. (QUIC gives `ConnectionReset` by itself.)
pub async fn tell_reset(end: String, writer: &mut (impl AsyncWrite + Unpin)) -> String {
    if end == "ConnectionReset" {
        return "reset".into();
    }
    if end == "eof" && writer.write(&[]).await.is_err() {
        return "reset".into();
    }
    end
}

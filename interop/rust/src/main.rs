//! A rust-libp2p peer that a test drives: one JSON command a line on standard input, one JSON answer or event a line on
//! standard output. Ends when its input ends. The commands are described in ../README.md.

mod app;
mod bytes;
mod node;
mod raw;
mod transport;

use std::{io::Write, time::Duration};

use serde_json::{json, Map, Value};
use tokio::io::{AsyncBufReadExt, BufReader};

pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// What a command answers: flat fields.
pub type Fields = Map<String, Value>;

/// Why a command failed.
pub enum Failure {
    /// The relay answered something else than OK, and then ended the stream so.
    Refused {
        status: String,
        end: String,
    },
    Other(String),
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Other(error.to_string())
    }
}

pub type Outcome = Result<Fields, Failure>;

/// The fields of an object literal.
pub fn fields(value: Value) -> Fields {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn write_line(line: Fields) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{}", Value::Object(line))
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(1)
    }
}

pub fn emit(event: &str, more: Value) {
    let mut line = fields(more);
    line.insert("event".into(), event.into());
    write_line(line);
}

fn answer(id: u64, outcome: Outcome) {
    let mut line = match outcome {
        Ok(mut result) => {
            result.insert("ok".into(), true.into());
            result
        }
        Err(Failure::Refused { status, end }) => {
            fields(json!({ "ok": false, "error": format!("refused: {status}"), "status": status, "end": end }))
        }
        Err(Failure::Other(error)) => fields(json!({ "ok": false, "error": error })),
    };
    line.insert("id".into(), id.into());
    write_line(line);
}

/// One line of input, with typed access to its fields.
pub struct Command(Value);

impl Command {
    pub fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    pub fn number(&self, key: &str) -> u64 {
        self.0[key].as_u64().unwrap_or_default()
    }

    pub fn flag(&self, key: &str) -> bool {
        self.0[key].as_bool().unwrap_or_default()
    }

    fn timeout(&self) -> Duration {
        match self.number("timeout_ms") {
            0 => DEFAULT_TIMEOUT,
            ms => Duration::from_millis(ms),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut node: Option<node::Node> = None;

    while let Ok(Some(line)) = lines.next_line().await {
        let command = match serde_json::from_str(&line) {
            Ok(value) => Command(value),
            Err(error) => {
                answer(0, Err(Failure::Other(format!("not a command: {error}"))));
                continue;
            }
        };
        let id = command.number("id");
        if command.text("cmd") == "start" {
            answer(
                id,
                node::Node::start(&command).map(|started| {
                    let result = fields(json!({ "peer_id": started.peer_id.to_string() }));
                    node = Some(started);
                    result
                }),
            );
            continue;
        }
        let Some(node) = node.clone() else {
            answer(id, Err(Failure::Other("start comes first".into())));
            continue;
        };
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(command.timeout(), node.run(&command))
                .await
                .unwrap_or_else(|_| Err(Failure::Other("timeout".into())));
            answer(id, outcome);
        });
    }
    std::process::exit(0)
}

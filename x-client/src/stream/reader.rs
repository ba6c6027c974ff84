//! An open stream.

use std::time::Duration;

use super::line::{Line, classify};
use super::split::{LineTooLong, Splitter};

/// Why a stream gives no more lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamEnd {
    /// X ended it.
    #[error("X ended the stream")]
    Ended,
    /// Nothing came for longer than X's keep-alives take.
    #[error("the stream was silent for {0:?}")]
    Silent(Duration),
    /// The connection broke.
    #[error("the connection of the stream broke")]
    Broken,
    /// A line is too long.
    #[error(transparent)]
    TooLong(#[from] LineTooLong),
}

/// Lines of an open stream. Dropping it closes the connection.
#[derive(Debug)]
pub struct LineStream {
    response: reqwest::Response,
    splitter: Splitter,
    silence_max: Duration,
    /// Once it has ended it stays so.
    ended: Option<StreamEnd>,
}

impl LineStream {
    pub(crate) fn new(response: reqwest::Response, silence_max: Duration) -> Self {
        Self {
            response,
            splitter: Splitter::default(),
            silence_max,
            ended: None,
        }
    }

    /// The next line. May be given up while it waits (`select!`): nothing is lost.
    pub async fn next(&mut self) -> Result<Line, StreamEnd> {
        loop {
            if let Some(line) = self.splitter.line()? {
                return Ok(classify(line));
            }
            if let Some(ended) = self.ended {
                return Err(ended);
            }
            match tokio::time::timeout(self.silence_max, self.response.chunk()).await {
                Ok(Ok(Some(bytes))) => self.splitter.push(&bytes),
                Ok(Ok(None)) => self.ended = Some(StreamEnd::Ended),
                Ok(Err(_)) => self.ended = Some(StreamEnd::Broken),
                Err(_) => self.ended = Some(StreamEnd::Silent(self.silence_max)),
            }
        }
    }
}

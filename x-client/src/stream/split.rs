//! Cuts a stream of bytes into lines, however the bytes arrive.

use bytes::{Buf as _, Bytes, BytesMut};

/// Longest line: a post with all that is included has some 20 kB.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// A line is longer than the bound: the connection must be given up, since where the next one begins
/// is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of the stream is longer than {0} bytes")]
pub struct LineTooLong(pub usize);

/// Holds what has not become a line yet.
#[derive(Debug)]
pub struct Splitter {
    held: BytesMut,
    /// Bytes of `held` that were looked at and hold no end of a line.
    seen: usize,
    bytes_max: usize,
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new(LINE_BYTES_MAX)
    }
}

impl Splitter {
    /// A splitter for lines of up to `bytes_max` bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            held: BytesMut::new(),
            seen: 0,
            bytes_max,
        }
    }

    /// Takes bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next whole line, without its end (`\r\n` or `\n`); empty for a keep-alive; `None` if there
    /// is none yet. A text that no end follows is no line: it was cut.
    pub fn line(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        let end = self.held[self.seen..]
            .iter()
            .position(|byte| *byte == b'\n');
        let length = end.map_or(self.held.len(), |end| self.seen + end);
        if length > self.bytes_max {
            return Err(LineTooLong(self.bytes_max));
        }
        let Some(_) = end else {
            self.seen = length;
            return Ok(None);
        };
        self.seen = 0;
        let mut line = self.held.split_to(length);
        self.held.advance(1);
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        Ok(Some(line.freeze()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        "{\"data\":{\"id\":\"1\",\"text\":\"é\\r\\n😀\"}}\r\n\r\n\r\n{\"data\":2}\n\n{\"a\":\"\r\"}\r\n{\"cut".as_bytes();

    fn lines(parts: &[&[u8]]) -> Vec<Bytes> {
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        for part in parts {
            splitter.push(part);
            while let Some(line) = splitter.line().unwrap() {
                lines.push(line);
            }
        }
        lines
    }

    #[test]
    fn a_cut_at_any_two_bytes_gives_the_same_lines() {
        let whole = lines(&[STREAM]);
        assert_eq!(whole.len(), 6);
        assert!(whole[1].is_empty() && whole[2].is_empty() && whole[4].is_empty());
        assert_eq!(whole[3], "{\"data\":2}");
        assert_eq!(whole[5], "{\"a\":\"\r\"}");
        for first in 0..=STREAM.len() {
            for second in first..=STREAM.len() {
                let parts = [&STREAM[..first], &STREAM[first..second], &STREAM[second..]];
                assert_eq!(lines(&parts), whole, "cut at {first} and {second}");
            }
        }
        let bytes: Vec<&[u8]> = STREAM.chunks(1).collect();
        assert_eq!(lines(&bytes), whole);
    }

    #[test]
    fn a_line_over_the_bound_is_an_error_before_and_after_its_end() {
        for text in ["12345", "12345\r\n", "12345678"] {
            let mut splitter = Splitter::new(4);
            splitter.push(text.as_bytes());
            assert_eq!(splitter.line(), Err(LineTooLong(4)), "{text}");
        }
        let mut splitter = Splitter::new(4);
        splitter.push(b"1234\n12");
        assert_eq!(splitter.line().unwrap().unwrap(), "1234");
        assert_eq!(splitter.line(), Ok(None));
        splitter.push(b"345");
        assert_eq!(splitter.line(), Err(LineTooLong(4)));
    }

    #[test]
    fn held_bytes_are_looked_at_once() {
        let mut splitter = Splitter::default();
        for _ in 0..1_000 {
            splitter.push(&[b'x'; 1_000]);
            assert_eq!(splitter.line(), Ok(None));
        }
        assert_eq!(splitter.seen, 1_000_000);
        splitter.push(b"\n");
        assert_eq!(splitter.line().unwrap().unwrap().len(), 1_000_000);
    }
}

//! Reads a body within limits on what is sent, what it unpacks to, and how much more that is.

use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::pin;
use std::time::Duration;

use bytes::Buf;
use flate2::write::GzDecoder;
use http::StatusCode;
use http_body::Body;

use super::admit::MAX_SENT_BYTES;
use super::answer::Refused;

/// Most bytes of a body once it is unpacked.
const MAX_UNPACKED_BYTES: usize = 1024 * 1024;
/// Times that a body may grow: JSON of spans packs to a tenth, at most a thirtieth.
const MAX_RATIO: usize = 40;
/// Unpacked bytes below which the ratio says nothing.
const RATIO_FROM_BYTES: usize = 64 * 1024;
/// How long a body may take: a browser sends it in one go.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Takes bytes up to the limits, and fails with the first one over them.
struct Capped {
    bytes: Vec<u8>,
    sent: usize,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.bytes.len() + bytes.len();
        let is_bomb = size > RATIO_FROM_BYTES && size > self.sent.saturating_mul(MAX_RATIO);
        if size > MAX_UNPACKED_BYTES || is_bomb {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Reader {
    Plain(Capped),
    Gzip(Box<GzDecoder<Capped>>),
}

/// The body, unpacked.
pub(crate) async fn read<B: Body>(body: B, is_gzip: bool) -> Result<Vec<u8>, Refused> {
    match tokio::time::timeout(MAX_TIME, read_all(body, is_gzip)).await {
        Ok(read) => read,
        Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "body_time")),
    }
}

async fn read_all<B: Body>(body: B, is_gzip: bool) -> Result<Vec<u8>, Refused> {
    let capped = Capped { bytes: Vec::new(), sent: 0 };
    let mut reader = if is_gzip {
        Reader::Gzip(Box::new(GzDecoder::new(capped)))
    } else {
        Reader::Plain(capped)
    };
    let mut body = pin!(body);
    let mut sent = 0;
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(frame) = frame else {
            return Err(Refused::new(StatusCode::BAD_REQUEST, "body_broken"));
        };
        let Ok(mut data) = frame.into_data() else { continue };
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            sent += length;
            if sent > MAX_SENT_BYTES {
                return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "body_size"));
            }
            reader.take(chunk, sent).map_err(|error| refusal(&error))?;
            data.advance(length);
        }
    }
    reader.finish().map_err(|error| refusal(&error))
}

impl Reader {
    fn take(&mut self, chunk: &[u8], sent: usize) -> io::Result<()> {
        match self {
            Self::Plain(capped) => {
                capped.sent = sent;
                capped.write_all(chunk)
            }
            Self::Gzip(decoder) => {
                decoder.get_mut().sent = sent;
                decoder.write_all(chunk)
            }
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(capped) => Ok(capped.bytes),
            Self::Gzip(decoder) => decoder.finish().map(|capped| capped.bytes),
        }
    }
}

fn refusal(error: &io::Error) -> Refused {
    if error.kind() == io::ErrorKind::FileTooLarge {
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "unpacked_size")
    } else {
        Refused::new(StatusCode::BAD_REQUEST, "gzip")
    }
}

//! How much of a span is shown when all of it is too much for one document.
//!
//! The largest metadata goes first, then stacks and SQL, at last nearly everything but the fields
//! that X-Ray draws its map and its timeline from. Each step renders the span anew, so a document
//! is always whole, and what was cut is marked in it.

/// Bounds on the parts of one span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    /// Bytes of one metadata value.
    pub(crate) value_bytes: usize,
    /// Metadata entries.
    pub(crate) entries: usize,
    pub(crate) annotations: usize,
    pub(crate) annotation_chars: usize,
    /// Stack frames of one exception.
    pub(crate) frames: usize,
    pub(crate) exceptions: usize,
    pub(crate) message_bytes: usize,
    pub(crate) sql_bytes: usize,
    pub(crate) links: usize,
}

/// X-Ray indexes 50 annotations of a trace.
/// Source: AWS X-Ray developer guide, "Annotations", read 2026-11.
const ANNOTATIONS: usize = 50;

impl Caps {
    const ALL: Self = Self {
        value_bytes: usize::MAX,
        entries: usize::MAX,
        annotations: ANNOTATIONS,
        annotation_chars: super::name::MAX_ANNOTATION_CHARS,
        frames: 200,
        exceptions: 50,
        message_bytes: usize::MAX,
        sql_bytes: usize::MAX,
        links: usize::MAX,
    };

    /// From everything to what always fits.
    pub(crate) const STEPS: [Self; 6] = [
        Self::ALL,
        Self { value_bytes: 16_384, ..Self::ALL },
        Self { value_bytes: 2_048, entries: 1_000, ..Self::ALL },
        Self {
            value_bytes: 512,
            entries: 64,
            frames: 20,
            message_bytes: 4_096,
            sql_bytes: 4_096,
            links: 100,
            ..Self::ALL
        },
        Self {
            value_bytes: 128,
            entries: 32,
            annotation_chars: 250,
            frames: 5,
            exceptions: 5,
            message_bytes: 512,
            sql_bytes: 512,
            links: 10,
            ..Self::ALL
        },
        Self {
            value_bytes: 0,
            entries: 0,
            annotations: 5,
            annotation_chars: 100,
            frames: 0,
            exceptions: 1,
            message_bytes: 128,
            sql_bytes: 128,
            links: 0,
        },
    ];
}

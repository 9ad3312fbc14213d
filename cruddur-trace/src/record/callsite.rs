//! The static description of a place in the code that makes spans.

/// A place in the code that makes spans; `#[observe]` emits one per function.
#[derive(Debug)]
#[non_exhaustive]
pub struct Callsite {
    /// The span's name unless something names it later.
    pub name: &'static str,
    /// The function with its module path (`app::routes::home`), as frames of error reports name it.
    pub function: &'static str,
    /// What filters match on: the module path unless `target = …` says otherwise.
    pub target: &'static str,
    /// The source file, as `file!()` gives it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The span's kind.
    pub kind: SpanKind,
    /// How much detail it is, for filters.
    pub level: Level,
    /// Whether spans carry `app.now`.
    pub now: bool,
    /// Whether spans of streams carry the number of items as `app.result_length`.
    pub counts_items: bool,
}

impl Callsite {
    /// A callsite; `kind` is internal, `level` info, and `app.now` on until changed.
    #[must_use]
    pub const fn new(
        name: &'static str,
        function: &'static str,
        target: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self {
            name,
            function,
            target,
            file,
            line,
            kind: SpanKind::Internal,
            level: Level::Info,
            now: true,
            counts_items: true,
        }
    }

    /// The same with another kind.
    #[must_use]
    pub const fn with_kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with another level.
    #[must_use]
    pub const fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same with another target.
    #[must_use]
    pub const fn with_target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }

    /// The same without counting a stream's items.
    #[must_use]
    pub const fn without_count(mut self) -> Self {
        self.counts_items = false;
        self
    }

    /// The same without `app.now`.
    #[must_use]
    pub const fn without_now(mut self) -> Self {
        self.now = false;
        self
    }
}

/// What part a span plays, in OpenTelemetry's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Work inside the service.
    #[default]
    Internal,
    /// Answers a request from elsewhere.
    Server,
    /// Makes a request to elsewhere.
    Client,
    /// Puts a message where somebody will take it later.
    Producer,
    /// Handles a message that somebody put.
    Consumer,
}

/// How much detail a span or an event is; `Error` is the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// How it happens.
    Debug,
    /// Every step of it.
    Trace,
}

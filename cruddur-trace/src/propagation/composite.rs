//! All formats together, by the list of `OTEL_PROPAGATORS`: which there are, and in which order.

use std::fmt;
use std::str::FromStr;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Propagator {
    /// `tracecontext`: W3C `traceparent` and `tracestate`.
    TraceContext,
    /// `baggage`: W3C baggage.
    Baggage,
    /// `b3`: reads both forms of B3, writes the single header.
    B3,
    /// `b3multi`: reads both forms of B3, writes several headers.
    B3Multi,
    /// `xray`: `X-Amzn-Trace-Id`.
    Xray,
}

/// Which formats are read and written, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Propagators {
    list: [Option<Propagator>; 5],
}

/// What `OTEL_PROPAGATORS` may be.
pub(crate) const EXPECTED: &str =
    "a list of tracecontext, baggage, b3, b3multi and xray, or none alone";

/// `OTEL_PROPAGATORS` names a format that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPropagator {
    name: String,
}

impl fmt::Display for UnknownPropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown propagator `{}`, expected {EXPECTED}", self.name)
    }
}

impl std::error::Error for UnknownPropagator {}

/// `tracecontext,baggage`.
impl Default for Propagators {
    fn default() -> Self {
        Self::new([Propagator::TraceContext, Propagator::Baggage])
    }
}

/// A list as `OTEL_PROPAGATORS` has it, without regard to case and blanks; `none` alone is no format.
impl FromStr for Propagators {
    type Err = UnknownPropagator;

    fn from_str(text: &str) -> Result<Self, UnknownPropagator> {
        let mut propagators = Self::none();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let propagator = match name.to_ascii_lowercase().as_str() {
                "tracecontext" => Propagator::TraceContext,
                "baggage" => Propagator::Baggage,
                "b3" => Propagator::B3,
                "b3multi" => Propagator::B3Multi,
                "xray" => Propagator::Xray,
                "none" => return Ok(Self::none()),
                _ => return Err(UnknownPropagator { name: name.to_owned() }),
            };
            propagators = propagators.with(propagator);
        }
        Ok(propagators)
    }
}

impl Propagators {
    /// These formats, the first one first; repetitions are ignored.
    #[must_use]
    pub fn new(propagators: impl IntoIterator<Item = Propagator>) -> Self {
        propagators.into_iter().fold(Self::none(), Self::with)
    }

    /// No format: nothing is read or written.
    #[must_use]
    pub const fn none() -> Self {
        Self { list: [None; 5] }
    }

    /// The same with one more format at the end, unless it is among them.
    #[must_use]
    pub fn with(mut self, propagator: Propagator) -> Self {
        if !self.contains(propagator)
            && let Some(free) = self.list.iter_mut().find(|it| it.is_none())
        {
            *free = Some(propagator);
        }
        self
    }

    /// Whether the format is among them.
    #[must_use]
    pub fn contains(&self, propagator: Propagator) -> bool {
        self.list.contains(&Some(propagator))
    }

    /// The formats in their order.
    pub fn iter(&self) -> impl Iterator<Item = Propagator> + '_ {
        self.list.iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests;

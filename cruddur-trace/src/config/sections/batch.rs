//! Queues, batches, retries and limits.

use std::time::Duration;

use crate::config::{ConfigError, Settings};

/// Bounds of the pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BatchConfig {
    pub(crate) spans: QueueConfig,
    pub(crate) logs: QueueConfig,
    /// Bytes that wait for a sink at most, of all records.
    pub(crate) max_queue_bytes: usize,
    /// Finished traces between handlers and exporter thread.
    pub(crate) hand_over: usize,
    pub(crate) retry_max_elapsed: Duration,
    pub(crate) metric_interval: Duration,
    pub(crate) metric_timeout: Duration,
}

/// Bounds of one kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueConfig {
    pub(crate) max_queue: usize,
    pub(crate) max_batch: usize,
    pub(crate) delay: Duration,
    pub(crate) timeout: Duration,
}

impl BatchConfig {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            spans: QueueConfig::read(
                settings,
                [
                    "OTEL_BSP_MAX_QUEUE_SIZE",
                    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
                    "OTEL_BSP_SCHEDULE_DELAY",
                    "OTEL_BSP_EXPORT_TIMEOUT",
                ],
            )?,
            logs: QueueConfig::read(
                settings,
                [
                    "OTEL_BLRP_MAX_QUEUE_SIZE",
                    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
                    "OTEL_BLRP_SCHEDULE_DELAY",
                    "OTEL_BLRP_EXPORT_TIMEOUT",
                ],
            )?,
            max_queue_bytes: positive(settings, "CRUDDUR_MAX_QUEUE_BYTES")?,
            hand_over: hand_over(settings)?,
            retry_max_elapsed: settings.duration("CRUDDUR_RETRY_MAX_ELAPSED")?,
            metric_interval: settings.timeout("OTEL_METRIC_EXPORT_INTERVAL")?,
            metric_timeout: settings.timeout("OTEL_METRIC_EXPORT_TIMEOUT")?,
        })
    }
}

impl QueueConfig {
    fn read(settings: &Settings, names: [&str; 4]) -> Result<Self, ConfigError> {
        let [queue, batch, delay, timeout] = names;
        let max_queue = positive(settings, queue)?;
        Ok(Self {
            max_queue,
            // The specification: a batch is at most a queue.
            max_batch: positive(settings, batch)?.min(max_queue),
            delay: settings.duration(delay)?,
            timeout: settings.timeout(timeout)?,
        })
    }
}

fn positive(settings: &Settings, name: &str) -> Result<usize, ConfigError> {
    match settings.number::<usize>(name)? {
        Some(0) | None => Err(settings.error(name, "write a number of at least 1")),
        Some(number) => Ok(number),
    }
}

/// Places for records between handlers and exporter thread: made at start-up, so that a mistake here
/// takes memory at once.
fn hand_over(settings: &Settings) -> Result<usize, ConfigError> {
    const MOST: usize = 1 << 20;
    let name = "CRUDDUR_HAND_OVER_SIZE";
    match positive(settings, name)? {
        size if size > MOST => Err(settings.error(name, format!("write a number up to {MOST}"))),
        size => Ok(size),
    }
}

/// Limits of one record, for the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitsConfig {
    pub(crate) span_attributes: usize,
    /// Characters of a span's text value.
    pub(crate) span_value_length: Option<usize>,
    pub(crate) span_events: usize,
    pub(crate) span_links: usize,
    pub(crate) event_attributes: usize,
    pub(crate) link_attributes: usize,
    pub(crate) log_attributes: usize,
    /// Characters of a log record's text value.
    pub(crate) log_value_length: Option<usize>,
    pub(crate) hand_over_after: Duration,
    pub(crate) hand_over_spans: usize,
    pub(crate) hand_over_bytes: usize,
}

impl LimitsConfig {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let general = settings.number("OTEL_ATTRIBUTE_COUNT_LIMIT")?.unwrap_or(128);
        let length = settings.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")?;
        let count = |name| settings.number(name);
        Ok(Self {
            span_attributes: count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT")?.unwrap_or(general),
            span_value_length: count("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")?.or(length),
            span_events: count("OTEL_SPAN_EVENT_COUNT_LIMIT")?.unwrap_or(128),
            span_links: count("OTEL_SPAN_LINK_COUNT_LIMIT")?.unwrap_or(128),
            event_attributes: count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT")?.unwrap_or(128),
            link_attributes: count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT")?.unwrap_or(128),
            log_attributes: count("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT")?.unwrap_or(general),
            log_value_length: count("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT")?.or(length),
            hand_over_after: settings.duration("CRUDDUR_HAND_OVER_AFTER")?,
            hand_over_spans: positive(settings, "CRUDDUR_HAND_OVER_SPANS")?,
            hand_over_bytes: positive(settings, "CRUDDUR_HAND_OVER_BYTES")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::settings;

    #[test]
    fn the_specifications_variables_are_honoured() {
        let batch = BatchConfig::read(&settings(&[
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
            ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "7"),
        ]))
        .expect("valid");
        assert_eq!(batch.spans.delay, Duration::from_millis(200));
        assert_eq!((batch.spans.max_queue, batch.spans.max_batch), (100, 100));
        assert_eq!((batch.logs.max_batch, batch.logs.delay), (7, Duration::from_secs(1)));
    }

    #[test]
    fn a_queue_of_nothing_is_an_error() {
        let error = BatchConfig::read(&settings(&[("OTEL_BSP_MAX_QUEUE_SIZE", "0")]));
        assert_eq!(error.expect_err("zero").name(), "OTEL_BSP_MAX_QUEUE_SIZE");
    }

    #[test]
    fn a_hand_over_without_bounds_is_an_error() {
        let error = BatchConfig::read(&settings(&[("CRUDDUR_HAND_OVER_SIZE", "99999999999")]));
        assert_eq!(error.expect_err("memory").name(), "CRUDDUR_HAND_OVER_SIZE");
    }

    #[test]
    fn a_general_limit_holds_where_no_special_one_does() {
        let limits = LimitsConfig::read(&settings(&[
            ("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"),
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "20"),
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100"),
        ]))
        .expect("valid");
        assert_eq!((limits.span_attributes, limits.log_attributes), (20, 10));
        assert_eq!(limits.span_value_length, Some(100));
    }
}

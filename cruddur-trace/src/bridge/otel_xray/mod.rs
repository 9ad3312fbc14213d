//! X-Ray for those who stay with the OpenTelemetry SDK: the translator as a `SpanExporter`, X-Ray's
//! sampling rules as `ShouldSample`.
//!
//! Neither needs anything else of this crate: no layer, no macro, no exporter thread.
//!
//! ```no_run
//! use cruddur_trace::bridge::otel_xray::{XrayExporter, XrayShouldSample};
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let (sampler, refresh) = XrayShouldSample::central("cruddur-backend", "xray-daemon:2000")?;
//! tokio::spawn(refresh);
//! let provider = SdkTracerProvider::builder()
//!     .with_sampler(sampler)
//!     .with_batch_exporter(XrayExporter::new("xray-daemon:2000")?)
//!     .build();
//! # let _ = provider;
//! # Ok(())
//! # }
//! ```

mod convert;
mod exporter;
mod sampler;

pub use exporter::{DaemonAddressError, XrayExporter};
pub use sampler::XrayShouldSample;

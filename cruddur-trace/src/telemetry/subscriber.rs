//! The `tracing` side: the layer that feeds the exporters, and the default subscriber of `init`.

use std::sync::Arc;

use tracing_core::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::{SetupError, Telemetry};
use crate::bridge::tracing::{ExportFilter, InstallError, Terminal, TracingLayer, install as set};

impl Telemetry {
    /// A layer for a `tracing` subscriber of your own, behind the export filter
    /// (`CRUDDUR_EXPORT_FILTER`): events become log records with the ids of their span (events of
    /// that span where no logs exporter is on), spans of other crates become spans of the trace.
    ///
    /// Filters of other layers don't touch it, and its filter does not touch theirs.
    ///
    /// # Errors
    ///
    /// If `CRUDDUR_EXPORT_FILTER` can't be read.
    ///
    /// ```no_run
    /// use cruddur_trace::Telemetry;
    /// use tracing_subscriber::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let telemetry = Telemetry::from_env()?.start()?;
    /// tracing_subscriber::registry().with(telemetry.tracing_layer()?).try_init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn tracing_layer<S>(&self) -> Result<impl Layer<S> + Send + Sync + use<S>, SetupError>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        Ok(self.unfiltered_layer()?.with_filter(self.export_filter()?))
    }

    fn export_filter(&self) -> Result<ExportFilter, SetupError> {
        let name = "CRUDDUR_EXPORT_FILTER";
        let settings = self.settings();
        let parsed = settings.text(name).unwrap_or_default().parse::<ExportFilter>();
        let remedy = "write levels by target, such as info,my_crate=debug,hyper=warn";
        parsed.map_err(|_| SetupError::from(settings.error(name, remedy)))
    }

    fn unfiltered_layer(&self) -> Result<TracingLayer, SetupError> {
        let mut layer = TracingLayer::new();
        let name = "CRUDDUR_MIRROR";
        if self.settings().boolean(name)? {
            #[cfg(feature = "mirror")]
            {
                layer = layer.with_mirrored_spans();
            }
            #[cfg(not(feature = "mirror"))]
            return Err(self.settings().error(name, "build with the feature `mirror`").into());
        }
        if self.inner.takes_logs {
            let hand_over = Arc::clone(&self.inner.hand_over);
            layer = layer.with_logs(Arc::new(move |record| {
                // What finds no room is counted there.
                let _ = hand_over.log(Arc::new(record));
            }));
        }
        Ok(layer)
    }
}

/// Installs the layer, and lines on the terminal by `RUST_LOG` in the form of `CRUDDUR_LOG_FORMAT`.
pub(super) fn install(telemetry: &Telemetry) -> Result<(), SetupError> {
    let settings = telemetry.settings();
    let terminal = match settings.text("CRUDDUR_LOG_FORMAT").unwrap_or_default() {
        "text" if settings.text("NO_COLOR").is_some() => Terminal::Plain,
        "text" => Terminal::Readable,
        "json" => Terminal::Json(telemetry.resource().service_name().to_owned()),
        "none" => Terminal::Off,
        _ => {
            let remedy = "write \"text\", \"json\" or \"none\"";
            return Err(settings.error("CRUDDUR_LOG_FORMAT", remedy).into());
        }
    };
    let rust_log = settings.text("RUST_LOG").unwrap_or_default();
    let layer = telemetry.unfiltered_layer()?;
    set(layer, telemetry.export_filter()?, terminal, rust_log).map_err(|error| match error {
        InstallError::Filter { cause, .. } => {
            let remedy = format!("write a filter such as info,app=debug ({cause})");
            settings.error("RUST_LOG", remedy).into()
        }
        InstallError::AlreadySet(_) => SetupError::SubscriberAlreadySet,
    })
}

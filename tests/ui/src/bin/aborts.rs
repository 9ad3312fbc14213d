//! Panics where nothing unwinds. Built with `panic = "abort"` by a test, which reads what is told.

use std::sync::Arc;
use std::time::Duration;

use cruddur_trace::errors::{PendingReport, install_panic_hook};
use cruddur_trace::observe;
use cruddur_trace::record::Sampling;
use cruddur_trace::span::{Collector, Piece, RootStart, install_collector};

/// Prints what it is given, in place of a pipeline.
struct Printer;

impl Collector for Printer {
    fn hand_over(&self, _: Piece) {}

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }

    fn takes_reports(&self) -> bool {
        true
    }

    fn report(&self, report: PendingReport) {
        let report = report.report();
        let (message, trace) = (&report.error.message, report.trace.is_some());
        let place = report.error.place.map_or("", |(file, _)| file);
        println!(
            "report {:?} {}: {message}; in a trace: {trace}; at {place}",
            report.level, report.error.class
        );
    }

    fn flush_reports(&self, limit: Duration) {
        println!("flushed within {limit:?}");
    }
}

#[observe(root)]
fn lost() {
    panic!("the process is lost");
}

fn main() {
    assert!(install_collector(Arc::new(Printer)));
    install_panic_hook();
    let _ = std::panic::catch_unwind(lost);
    println!("unreachable, where a panic aborts");
}

//! Fails in a sampled and an unsampled trace, and prints what a backend groups by: the frames and
//! the class, without lines. Built in several profiles, to see that they print the same.

use cruddur_trace::errors::{ErrorReport, install_panic_hook};
use cruddur_trace::observe;
use cruddur_trace::record::Sampling;
use cruddur_trace::testing::Capture;

#[observe(root)]
fn handler(fails: &str) -> Result<u32, std::num::ParseIntError> {
    step(fails)
}

#[observe]
#[inline(always)]
fn step(fails: &str) -> Result<u32, std::num::ParseIntError> {
    assert_ne!(fails, "panic", "a panic");
    fails.parse()
}

fn print(report: &ErrorReport) {
    let frames = report.frames.iter().map(|it| format!("{} in {}", it.function, it.file));
    let place = report.error.place.map(|(file, _)| file);
    println!("{} {place:?} {}", report.error.class, frames.collect::<Vec<_>>().join(" > "));
}

fn main() {
    install_panic_hook();
    for sampling in [Sampling::ALWAYS, Sampling::DROP] {
        for fails in ["panic", "error"] {
            let run = || std::panic::catch_unwind(|| handler(fails)).is_ok();
            let (captured, _) = Capture::new(sampling.clone()).without_root().run(run);
            captured.reports().iter().for_each(print);
        }
    }
}

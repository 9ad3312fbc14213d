//! A job that runs at times.

// recipe
use std::time::Duration;

use cruddur_trace::observe;

/// Every run is a trace of its own. An `Err` ends it as failed, and is reported: nobody else waits
/// for the result.
#[observe(root, name = "expire-activities")]
async fn expire(limit: u32) -> Result<u32, std::io::Error> {
    let removed = remove(limit).await?;
    cruddur_trace::set_attribute("app.removed", removed);
    Ok(removed)
}

#[observe]
async fn remove(limit: u32) -> Result<u32, std::io::Error> {
    if limit == 0 { Err(std::io::Error::other("nothing may be removed")) } else { Ok(limit) }
}

/// Runs until it is dropped; one run at a time.
async fn every(period: Duration, limit: u32) {
    let mut ticks = tokio::time::interval(period);
    loop {
        ticks.tick().await;
        // What went wrong is on the trace, and told.
        let _ = expire(limit).await;
    }
}
// end

#[tokio::test(start_paused = true)]
async fn every_run_is_a_trace() {
    use cruddur_trace::record::{Outcome, Sampling};
    use cruddur_trace::testing::Capture;

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, _) = capture
        .run_async(tokio::time::timeout(
            Duration::from_secs(250),
            every(Duration::from_secs(100), 3),
        ))
        .await;
    let runs: Vec<_> =
        captured.spans().into_iter().filter(|it| it.name == "expire-activities").collect();
    assert_eq!(runs.len(), 3);
    assert_ne!(runs[0].trace_id, runs[1].trace_id);
    assert!(runs.iter().all(|run| run.parent_id.is_none()));
    assert_eq!(runs[0].attribute("app.removed"), Some(&3.into()));

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, result) = capture.run_async(expire(0)).await;
    result.expect_err("it fails");
    assert_eq!(captured.span("expire-activities").outcome, Outcome::Error);
    assert_eq!(captured.reports().len(), 1);
}

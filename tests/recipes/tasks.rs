//! Tasks and threads that a request starts.

// recipe
use cruddur_trace::observe;

#[observe]
async fn publish(text: String) {
    // An observed function nests where it is called, so a bare `tokio::spawn` will do …
    tokio::spawn(index(text.clone()));
    // … while a block, and a closure on another thread, need a helper that carries the trace.
    cruddur_trace::spawn(async { thumbnails().await });
    let inserted = cruddur_trace::spawn_blocking(move || insert(&text));
    // A `root` is a trace of its own, linked to this one: work that no request waits for.
    tokio::spawn(rank());
    inserted.await.expect("it does not panic");
}

#[observe]
async fn index(text: String) -> usize {
    text.split(' ').count()
}

#[observe]
async fn thumbnails() {}

#[observe]
fn insert(text: &str) -> usize {
    text.len()
}

#[observe(root)]
async fn rank() {}
// end

#[tokio::test]
async fn each_task_stands_where_the_comments_say() {
    use cruddur_trace::testing::Capture;

    let capture = Capture::new(cruddur_trace::record::Sampling::ALWAYS);
    let (captured, ()) = capture
        .run_async(async {
            publish("hello world".to_owned()).await;
            // The tasks end on this thread, whose turn this gives them.
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    let publish = captured.span("publish");
    for name in ["index", "thumbnails", "insert"] {
        let span = captured.span(name);
        assert_eq!(span.parent_id, Some(publish.span_id), "{name}");
        assert_eq!(span.trace_id, publish.trace_id, "{name}");
    }
    let rank = captured.span("rank");
    assert_eq!(rank.parent_id, None);
    assert_ne!(rank.trace_id, publish.trace_id);
    assert_eq!(rank.links.len(), 1);
    assert_eq!(rank.links[0].span_id, publish.span_id);
}

//! A queue's consumer: one message as the child of its producer, a batch with links.

// recipe
use cruddur_trace::record::{Callsite, Outcome, SpanKind};
use cruddur_trace::span::RootOptions;

/// What the queue carries: a text, and headers beside it.
struct Message {
    headers: Vec<(String, String)>,
    order: u64,
}

static RECEIVE: Callsite = Callsite::new("orders process", "app::process", "app", file!(), line!())
    .with_kind(SpanKind::Consumer);
static BATCH: Callsite = Callsite::new("orders batch", "app::batch", "app", file!(), line!())
    .with_kind(SpanKind::Consumer);

/// The producer: the current span's context goes with the message.
#[cruddur_trace::observe(name = "orders publish", kind = "producer", fields(order = order))]
fn publish(order: u64) -> Message {
    let mut headers = Vec::new();
    cruddur_trace::inject(&mut headers);
    Message { headers, order }
}

/// One message, one trace: it goes on from the producer's span.
async fn process(message: Message) -> Result<(), std::io::Error> {
    let extracted = cruddur_trace::extract(&message.headers);
    let root = cruddur_trace::start_remote(extracted, RootOptions::new(&RECEIVE));
    root.try_run(handle(message.order)).await
}

/// Many messages at once have many producers: a trace of its own, linked to each of them.
async fn process_batch(messages: Vec<Message>) -> Result<(), std::io::Error> {
    let mut root = cruddur_trace::span::Root::start(RootOptions::new(&BATCH));
    for message in &messages {
        for link in cruddur_trace::extract(&message.headers).into_public().links {
            root.add_link(link);
        }
    }
    root.try_run(async {
        for message in messages {
            handle(message.order).await?;
        }
        Ok(())
    })
    .await
}

#[cruddur_trace::observe(fields(order = order))]
async fn handle(order: u64) -> Result<(), std::io::Error> {
    if order == 0 { Err(std::io::Error::other("no such order")) } else { Ok(()) }
}
// end

#[tokio::test]
async fn messages_go_on_from_their_producers() {
    use cruddur_trace::record::Sampling;
    use cruddur_trace::testing::Capture;

    let (produced, messages) =
        Capture::new(Sampling::ALWAYS).run(|| [publish(1), publish(0), publish(2), publish(3)]);
    let sent: Vec<_> =
        produced.spans().into_iter().filter(|it| it.kind == SpanKind::Producer).cloned().collect();
    let [first, broken, third, fourth] = messages;

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, ()) = capture.run_async(async { process(first).await.expect("well") }).await;
    let process_span = captured.span("orders process");
    assert_eq!(process_span.parent_id, Some(sent[0].span_id));
    assert_eq!(process_span.trace_id, sent[0].trace_id);
    assert_eq!(captured.span("handle").parent_id, Some(process_span.span_id));

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, failed) = capture.run_async(process(broken)).await;
    failed.expect_err("it fails");
    assert_eq!(captured.span("orders process").outcome, Outcome::Error);

    let capture = Capture::new(Sampling::ALWAYS).without_root();
    let (captured, result) = capture.run_async(process_batch(vec![third, fourth])).await;
    result.expect("well");
    let batch = captured.span("orders batch");
    assert_ne!(batch.trace_id, sent[2].trace_id);
    let links: Vec<_> = batch.links.iter().map(|it| it.span_id).collect();
    assert_eq!(links, [sent[2].span_id, sent[3].span_id]);
}

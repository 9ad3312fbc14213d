//! Failures of an uncommon size: deep stacks, long messages, headers that are no text.

use super::app::{send, send_with};
use super::{methods, stage, with_native_frames};

/// Rollbar's own bound.
const MAX_BYTES: u64 = 512 * 1024;

#[tokio::test]
async fn a_message_of_50_megabytes_is_cut() {
    let stage = stage();
    let response = send("/long").await;
    assert_eq!(response.status(), 500);
    let item = stage.one("text-long").await;
    let message = item["data"]["body"]["trace"]["exception"]["message"].as_str().expect("text");
    assert!((1_000..=64 * 1024).contains(&message.len()), "{}", message.len());
    assert!(item["bytes"].as_u64().is_some_and(|it| it <= MAX_BYTES));
    assert_eq!(methods(&item).first(), Some(&"GET /long"));
}

#[tokio::test]
async fn a_stack_of_ten_thousand_frames_is_cut_at_both_ends() {
    let item = with_native_frames("/deep", 200).await;
    assert!(item["bytes"].as_u64().is_some_and(|it| it <= MAX_BYTES));
    let methods = methods(&item);
    assert!(methods[0].ends_with("::deep_root") && methods.len() > 60, "{}", methods.len());
    assert_eq!(methods.last(), Some(&"panic"));
    let native = item["data"]["custom"]["native_backtrace"].as_array().expect("frames");
    assert!((60..=512).contains(&native.len()), "{}", native.len());
    assert!(native.iter().all(|it| it.as_str().is_some_and(|it| !it.is_empty())));
}

#[tokio::test]
async fn headers_that_are_no_text_are_told() {
    let stage = stage();
    let headers: [(&str, &[u8]); 2] = [("x-odd", b"caf\xe9 \xff"), ("x-api-key", b"\xffhunter2")];
    let response = send_with("/bytes/text-bytes?q=%FF%FE", &headers).await;
    assert_eq!(response.status(), 500);
    let item = stage.one("text-bytes").await;
    let headers = &item["data"]["request"]["headers"];
    assert_eq!(headers["x-odd"], "caf\u{fffd} \u{fffd}");
    assert_eq!(headers["x-api-key"], "REDACTED");
    assert_eq!(item["data"]["request"]["GET"]["q"], "\u{fffd}\u{fffd}");
}

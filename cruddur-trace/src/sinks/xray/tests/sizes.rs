//! What is too large for one document, or has not ended: cut, split, sent in progress, never lost.

use serde_json::json;

use super::fields::client;
use super::*;

#[test]
fn long_urls_and_names_are_cut_and_kept_whole_in_the_metadata() {
    // Fault 4.
    let url = format!("https://example.com/{}", "ä".repeat(400));
    let call = client(&[("http.request.method", "GET".into()), ("url.full", url.clone().into())]);
    assert_eq!(call["http"]["request"]["url"].as_str().unwrap().chars().count(), 250);
    assert_eq!(call["metadata"]["default"]["url.full"], url);
    let mut long = span(1, Some(7), "x");
    long.name = "n".repeat(300).into();
    assert_eq!(encode_one(long)["name"].as_str().unwrap().len(), 200);
}

#[test]
fn one_large_document_of_five_loses_none() {
    // Fault 9 (10 and 11 are about the transport, and stand in its tests).
    let fragments: Vec<Fragment> = (1..=5_u64)
        .map(|index| {
            let mut root = server(&[]);
            root.trace_id = TraceId::new(u128::from(index)).unwrap();
            if index == 3 {
                root.attributes.push(Attribute::new("body", "x".repeat(70_000)));
            }
            Fragment::new(root.trace_id, vec![root], Sampling::ALWAYS)
        })
        .collect();
    let translator = Translator::new(&settings());
    let (found, lost) = documents(&translator, &fragments, MAX_DOCUMENT_BYTES);
    assert_eq!((found.len(), lost), (5, 0));
    let large = checked(&found[2].bytes);
    assert_eq!(large["metadata"]["cruddur_trace"]["trimmed"], 1);
    assert!(large["metadata"]["default"]["body"].as_str().unwrap().ends_with("… [70000 bytes]"));
}

#[test]
fn a_long_trace_shows_its_open_segment_first() {
    let mut open = server(&[("url.path", "/slow".into())]);
    open.outcome = Outcome::Unfinished;
    let mut first = Fragment::new(trace_id(), vec![span(2, Some(1), "step")], Sampling::ALWAYS);
    first.in_progress = Some(Box::new(open));
    let translator = Translator::new(&settings());
    let (found, lost) = documents(&translator, [&first], MAX_DOCUMENT_BYTES);
    assert_eq!((found.len(), lost), (2, 0));
    // It is counted when it ends.
    assert_eq!(found.iter().map(|it| it.spans).collect::<Vec<_>>(), [0, 1]);
    let shown = checked(&found[0].bytes);
    assert_eq!((&shown["in_progress"], &shown["id"]), (&json!(true), &json!("0000000000000001")));
    assert_eq!(checked(&found[1].bytes)["parent_id"], "0000000000000001");
    // Where its end is in the same batch, the complete one alone is sent.
    let last = Fragment::new(trace_id(), vec![server(&[])], Sampling::ALWAYS);
    let (found, _) = documents(&translator, [&first, &last], MAX_DOCUMENT_BYTES);
    assert_eq!(found.len(), 1);
    assert_eq!(checked(&found[0].bytes).get("in_progress"), None);
}

#[test]
fn what_has_not_ended_is_in_progress() {
    let mut open = server(&[]);
    open.outcome = Outcome::Unfinished;
    let document = encode_one(open);
    assert_eq!(document["in_progress"], true);
    assert_eq!(document.get("end_time"), None);
}

#[test]
fn a_megabyte_of_metadata_is_cut_and_marked() {
    let attributes: Vec<(&'static str, Value)> =
        vec![("large", "é".repeat(500_000).into()), ("small", "kept".into())];
    let document = encode_one(server(&attributes));
    assert_eq!(document["metadata"]["default"]["small"], "kept");
    assert!(
        document["metadata"]["default"]["large"].as_str().unwrap().ends_with("[1000000 bytes]")
    );
}

#[test]
fn ten_thousand_subsegments_all_arrive() {
    let flat = (2..=10_000).map(|id| span(id, Some(1), "step"));
    let found = encode(std::iter::once(server(&[])).chain(flat).collect());
    assert_eq!(found.iter().map(count).sum::<usize>(), 10_000);
    let deep = (2..=10_000).map(|id| span(id, Some(id - 1), "step"));
    let found = encode(std::iter::once(server(&[])).chain(deep).collect());
    assert_eq!(found.iter().map(count).sum::<usize>(), 10_000);
}

/// Spans that a document shows.
fn count(document: &Json) -> usize {
    1 + document["subsegments"].as_array().map_or(0, |list| list.iter().map(count).sum())
}

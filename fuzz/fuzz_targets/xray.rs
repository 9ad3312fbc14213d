#![no_main]

use cruddur_trace::propagation::xray;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(header) = xray::parse(bytes) else { return };
    let Some(parent) = header.parent_id else { return };
    let sampled = header.sampled.decision() == Some(true);
    let text = xray::format(header.trace_id, parent, sampled, &header.others);
    let again = xray::parse(text.as_bytes()).expect("our own format");
    assert_eq!((again.trace_id, again.parent_id), (header.trace_id, Some(parent)));
    assert_eq!(again.others, header.others);
});

#![no_main]

use cruddur_trace::propagation::ot::OtState;
use cruddur_trace::propagation::{traceparent, tracestate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(link) = traceparent::parse(bytes) {
        let text = traceparent::format(&link);
        assert_eq!(traceparent::parse(text.as_bytes()), Some(link));
    }
    let lines = || bytes.split(|byte| *byte == b'\n');
    if let Some(list) = tracestate::parse(lines()) {
        assert!(list.len() <= 512 && list.split(',').count() <= 32);
        assert_eq!(tracestate::parse([list.as_bytes()]).as_deref(), Some(list.as_str()));
        if let Some(rate) = OtState::parse(&list).rate(u64::MAX) {
            assert!(rate >= 1.0);
        }
    }
});

#![no_main]

use cruddur_trace::propagation::baggage;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let members = baggage::parse(bytes.split(|byte| *byte == b'\n'));
    assert!(members.len() <= 64);
    if let Some(text) = baggage::format(&members) {
        assert!(text.len() <= 8_192);
        let again = baggage::parse([text.as_bytes()]);
        assert_eq!(again[..], members[..again.len()]);
    }
});

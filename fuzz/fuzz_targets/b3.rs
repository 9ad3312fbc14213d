#![no_main]

use cruddur_trace::propagation::b3;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(link) = b3::parse_single(bytes).and_then(|b3| b3.link()) {
        let text = b3::format_single(&link);
        assert_eq!(b3::parse_single(text.as_bytes()).and_then(|b3| b3.link()), Some(link));
    }
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let _ = b3::parse_multi(lines.next(), lines.next(), lines.next(), lines.next());
});

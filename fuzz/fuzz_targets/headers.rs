#![no_main]

use cruddur_trace::propagation::{Field, Outgoing, Propagators};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let [field, value @ ..] = line else { continue };
        let field = Field::ALL[usize::from(*field) % Field::ALL.len()];
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(field.as_str()), value);
        }
    }
    for list in ["tracecontext,baggage", "b3,xray,tracecontext", "xray", "b3multi,baggage"] {
        let propagators: Propagators = list.parse().expect("a list");
        let extracted = propagators.extract(&headers);
        let Some(parent) = extracted.parent else { continue };
        let outgoing = Outgoing::new(parent)
            .with_trace_state(extracted.trace_state.as_deref())
            .with_baggage(&extracted.baggage);
        let mut sent = HeaderMap::new();
        propagators.inject(&outgoing, &mut sent);
        let again = propagators.extract(&sent);
        let carried = again.baggage.len();
        assert_eq!(again.baggage[..], extracted.baggage[..carried]);
        let again = again.parent.expect("what was sent is whole");
        assert_eq!((again.trace_id, again.span_id), (parent.trace_id, parent.span_id));
    }
});

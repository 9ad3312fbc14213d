use cruddur_trace::observe;

#[observe(fields(name = 1, duration_ms = 1, "trace.span_id" = 1, meta.x = 1, error = 1, r#type = 1, SampleRate = 1, AWS.x = 1, trace.trace_id = 1, "trace.parent_id" = 1))]
fn f() {}

fn main() {}

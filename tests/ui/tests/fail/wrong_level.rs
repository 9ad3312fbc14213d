use cruddur_trace::observe;

#[observe(level = "loud")]
fn f() {}

fn main() {}

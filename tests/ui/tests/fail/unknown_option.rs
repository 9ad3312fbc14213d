use cruddur_trace::observe;

#[observe(nam = "x")]
fn f() {}

fn main() {}

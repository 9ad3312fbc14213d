use cruddur_trace::observe;

#[observe(skip, name = "x")]
fn f() {}

fn main() {}

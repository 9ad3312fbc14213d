use cruddur_trace::observe;

#[observe(name = "")]
fn f() {}

fn main() {}

use cruddur_trace::observe;

#[observe(parent = String::new())]
fn f() {}

fn main() {}

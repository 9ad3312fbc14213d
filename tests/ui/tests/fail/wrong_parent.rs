use cruddur_trace::observe;

#[observe(parent = 3)]
fn f() {}

fn main() {}

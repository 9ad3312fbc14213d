use cruddur_trace::observe;

#[observe(name = 3)]
fn f() {}

fn main() {}

use cruddur_trace::observe;

#[observe(kind = 3)]
fn f() {}

fn main() {}

use cruddur_trace::observe;

#[observe(now = on)]
fn f() {}

fn main() {}

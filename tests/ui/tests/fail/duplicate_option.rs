use cruddur_trace::observe;

#[observe(name = "x", root, name = "y")]
fn f() {}

fn main() {}

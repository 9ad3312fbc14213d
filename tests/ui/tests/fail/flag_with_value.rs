use cruddur_trace::observe;

#[observe(root = true)]
fn f() {}

fn main() {}

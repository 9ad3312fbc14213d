use cruddur_trace::observe;

#[observe(root, parent = cruddur_trace::current())]
fn f() {}

fn main() {}

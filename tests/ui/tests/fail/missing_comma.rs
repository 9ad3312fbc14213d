use cruddur_trace::observe;

#[observe(root kind = server)]
fn f() {}

fn main() {}

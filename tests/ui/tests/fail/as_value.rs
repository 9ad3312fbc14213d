use cruddur_trace::observe;

#[observe = "get-user"]
fn f() {}

fn main() {}

use cruddur_trace::observe;

#[observe(links = [1, 2])]
fn f() {}

fn main() {}

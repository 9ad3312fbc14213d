use cruddur_trace::observe;

#[observe(name =, level)]
fn f() {}

fn main() {}

use cruddur_trace::observe;

#[observe(colour = "x", name = "f")]
fn f() {}

fn main() {}

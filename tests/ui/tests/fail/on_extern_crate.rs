use cruddur_trace::observe;

#[observe]
extern crate std as other;

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f() -> Option<u8> {}

fn main() {}

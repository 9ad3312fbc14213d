#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(n: u8) -> Vec<u8> {
    n
}

fn main() {}

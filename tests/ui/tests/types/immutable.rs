#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(n: u8) -> Option<u8> {
    n += 1;
    Some(n)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


fn g(a: u8, [b, c]: [u8; 2]) -> Option<u8> {
    Some(a + b + c + d)
}

fn main() {}

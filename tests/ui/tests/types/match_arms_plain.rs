#[allow(unused_imports)]
use cruddur_trace::observe;


fn g(n: Option<u8>) -> Option<u8> {
    match n {
        Some(n) => Some(n),
    }
}

fn main() {}

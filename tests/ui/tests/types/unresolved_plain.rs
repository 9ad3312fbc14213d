#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(n: u8) -> Option<u8> {
    Some(m)
}

fn main() {}

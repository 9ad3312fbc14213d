#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(n: u8) -> Vec<u8> {
    n
}

fn main() {}

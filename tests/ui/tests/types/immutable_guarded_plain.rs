#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(n: u8) {
    n += 1;
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(a: &str, b: &str) -> &str {
    a
}

fn main() {}

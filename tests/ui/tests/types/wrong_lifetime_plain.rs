#[allow(unused_imports)]
use cruddur_trace::observe;


fn f<'a>(a: &'a str, b: &str) -> Option<&'a str> {
    Some(b)
}

fn main() {}

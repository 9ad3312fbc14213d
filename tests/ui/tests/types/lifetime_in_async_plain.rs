#[allow(unused_imports)]
use cruddur_trace::observe;


async fn h<'a>(a: &'a str, b: &str) -> Option<&'a str> {
    drop(a);
    Some(b)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


async fn f(n: u8) -> Option<u8> {
    Some(n);
}

fn main() {}

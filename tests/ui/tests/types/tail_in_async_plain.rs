#[allow(unused_imports)]
use cruddur_trace::observe;


async fn f(n: u8) -> String {
    n
}

fn main() {}

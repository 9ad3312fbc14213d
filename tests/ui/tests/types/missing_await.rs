#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
async fn f() -> Option<u8> {
    Some(g() + 1)
}

async fn g() -> u8 {
    1
}

fn main() {}

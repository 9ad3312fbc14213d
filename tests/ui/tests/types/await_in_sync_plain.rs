#[allow(unused_imports)]
use cruddur_trace::observe;

async fn h() {}


fn g() {
    h().await;
}

fn main() {}

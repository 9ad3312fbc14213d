#[allow(unused_imports)]
use cruddur_trace::observe;

async fn h() {}

#[observe]
fn g() {
    h().await;
}

fn main() {}

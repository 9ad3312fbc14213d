#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
#[must_use]
fn f() -> u8 {
    std::env::args();
    "a".to_owned();
    1
}

#[observe]
async fn g() -> Result<(), ()> {
    Ok(())
}

#[observe]
async fn h() {
    f();
    g().await;
    g();
}

fn main() {
    drop(h());
}

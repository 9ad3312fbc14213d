#![deny(warnings)]

use cruddur_trace::observe;

#[deprecated]
fn old() {}

#[observe]
pub fn f() -> Option<()> {
    old();
    None
}

#[observe]
#[deprecated]
pub async fn g() {}

fn main() {
    drop(g());
}

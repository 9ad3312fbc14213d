#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
pub fn f() -> Option<u8> {
    return None;
    Some(1)
}

#[observe]
pub async fn g() -> u8 {
    return 1;
    2
}

fn main() {}

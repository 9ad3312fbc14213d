#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
pub fn f(a: u8, (b, _): (u8, u8)) -> Option<u8> {
    None
}

#[observe]
pub async fn g(c: u8) {
    let d = 1;
}

fn main() {}

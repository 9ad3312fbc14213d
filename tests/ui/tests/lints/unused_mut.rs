#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
pub fn f(mut a: u8) -> u8 {
    let mut b = a;
    b
}

#[observe]
pub async fn g(mut c: u8) -> u8 {
    c
}

fn main() {}

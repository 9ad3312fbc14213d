#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
pub fn f(n: u32) -> u32 {
    f(n + 1)
}

#[observe]
pub fn g(n: u32) {
    g(n + 1);
}

fn main() {}

// What stands beside an observed function is not touched.
#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
fn main() {
    let _ = f(1);
}

#[observe]
fn f(n: u8) -> Result<u8, u8> {
    Ok(n)
}

#![deny(dead_code)]

use cruddur_trace::observe;

#[observe]
fn unused() -> Result<(), ()> {
    Ok(())
}

#[observe]
async fn unused_async() {}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;

trait T {
    async fn g(&self) -> u8;
}

struct S;

impl T for S {
    #[observe]
    async fn g(&self) -> u16 {
        1
    }
}

fn main() {}

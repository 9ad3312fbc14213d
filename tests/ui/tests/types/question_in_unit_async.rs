#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
async fn h(t: &str) {
    let n: u8 = t.parse()?;
    drop(n);
}

fn main() {}

use cruddur_trace::observe;

#[observe(future)]
async fn f() {}

#[observe(stream)]
fn g() -> u8 {
    1
}

fn main() {}

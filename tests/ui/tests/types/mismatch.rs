#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(n: u8) -> Result<String, ()> {
    let text: u8 = "text";
    Ok(n)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(text: &str) -> Result<u8, String> {
    let n: u8 = text.parse()?;
    Ok(n)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(n: u8) -> Result<u8, String> {
    if n > 1 { Ok(n) } else { n }
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(n: u8) -> Result<u8, String> {
    Ok(n.missing())
}

fn main() {}

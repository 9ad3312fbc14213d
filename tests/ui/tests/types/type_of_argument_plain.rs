#[allow(unused_imports)]
use cruddur_trace::observe;


fn g(list: &[u8]) -> Result<Vec<u8>, String> {
    list.iter().map(|n| if *n > 1 { Ok(n) } else { Err("x") }).collect()
}

fn main() {}

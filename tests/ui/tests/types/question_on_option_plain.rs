#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(list: &[u8]) -> Result<u8, String> {
    Ok(*list.first()?)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(n: u8) -> Option<u8> {
    if n == 0 {
        return Some("zero");
    }
    n.missing()
}

fn main() {}

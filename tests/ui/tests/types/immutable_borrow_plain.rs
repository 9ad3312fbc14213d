#[allow(unused_imports)]
use cruddur_trace::observe;


fn f(list: Vec<u8>) -> Option<()> {
    list.push(1);
    None
}

fn main() {}

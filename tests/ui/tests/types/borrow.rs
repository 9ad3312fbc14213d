#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(text: String) -> Option<usize> {
    drop(text);
    Some(text.len())
}

fn main() {}

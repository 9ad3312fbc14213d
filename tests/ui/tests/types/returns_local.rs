#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
fn f(text: &str) -> Result<&str, ()> {
    let local = String::from(text);
    Ok(&local)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;


fn f<T>(value: T) -> Option<String> {
    Some(value.to_string())
}

fn main() {}

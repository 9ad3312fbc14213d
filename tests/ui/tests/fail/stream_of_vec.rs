use cruddur_trace::observe;

#[observe(stream)]
fn f() -> Vec<u8> {
    Vec::new()
}

fn main() {}

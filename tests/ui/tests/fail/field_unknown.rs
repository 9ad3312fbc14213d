use cruddur_trace::observe;

#[observe(fields(b))]
fn f(a: u8) -> u8 {
    a
}

fn main() {}

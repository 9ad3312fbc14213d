use cruddur_trace::observe;

#[observe(fields(a, b = 1, a = 2))]
fn f(a: u8) -> u8 {
    a
}

fn main() {}

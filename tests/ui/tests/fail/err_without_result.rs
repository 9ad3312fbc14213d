use cruddur_trace::observe;

#[observe(err = Debug)]
fn f() -> u8 {
    1
}

#[observe(err = Debug)]
fn g() {}

fn main() {}

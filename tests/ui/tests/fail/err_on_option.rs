use cruddur_trace::observe;

#[observe(err = Display)]
fn f() -> Option<u8> {
    None
}

fn main() {}

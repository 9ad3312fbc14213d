use cruddur_trace::observe;

#[observe]
#[observe(name = "again")]
fn f() -> Option<u8> {
    None
}

fn main() {}

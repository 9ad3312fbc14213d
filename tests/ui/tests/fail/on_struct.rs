use cruddur_trace::observe;

#[observe]
struct S {
    #[allow(dead_code)]
    a: u8,
}

fn main() {}

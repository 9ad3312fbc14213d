use cruddur_trace::observe;

struct S;

impl S {
    #[observe]
    const N: u8 = 1;
}

fn main() {}

use cruddur_trace::observe;

#[observe]
const fn f() -> u8 {
    1
}

fn main() {}

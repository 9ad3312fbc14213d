use cruddur_trace::observe;

struct S;

#[observe]
impl S {
    #[observe(name = "x")]
    const fn f() -> u8 {
        1
    }
}

fn main() {}

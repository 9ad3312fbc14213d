use cruddur_trace::observe;

struct S;

#[observe]
impl S {
    #[observe(naem = "x")]
    fn f(&self) {}

    #[observe(kind = big)]
    fn g(&self) {}

    #[observe]
    const fn h(&self) {}
}

fn main() {}

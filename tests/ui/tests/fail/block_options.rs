use cruddur_trace::observe;

struct S;

#[observe(name = "x", fields(a))]
impl S {
    fn f(&self) {}
}

fn main() {}

use cruddur_trace::observe;

struct S;

#[observe]
impl S {
    #[observe(level = debug)]
    #[observe(name = "f")]
    fn f(&self) {}
}

fn main() {}

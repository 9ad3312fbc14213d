use cruddur_trace::observe;

struct S;

#[observe]
#[observe(level = debug)]
impl S {
    fn f(&self) {}
}

fn main() {}

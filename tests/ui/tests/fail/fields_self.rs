use cruddur_trace::observe;

struct S {
    id: u64,
}

impl S {
    #[observe(fields(self.id))]
    fn f(&self) -> u64 {
        self.id
    }
}

fn main() {}

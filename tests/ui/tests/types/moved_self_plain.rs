#[allow(unused_imports)]
use cruddur_trace::observe;

struct S(String);
impl S {
    
    fn f(&self) -> Option<String> {
        Some(self.0)
    }
}

fn main() {}

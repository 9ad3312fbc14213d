#[allow(unused_imports)]
use cruddur_trace::observe;

struct S(u8);
impl S {
    
    fn f(&self) -> Option<()> {
        self.0 = 1;
        None
    }
}

fn main() {}

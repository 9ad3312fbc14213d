use cruddur_trace::observe;

#[observe]
trait T {
    fn f(&self) {}
}

fn main() {}

use cruddur_trace::observe;

trait T {
    #[observe]
    fn f(&self);
}

fn main() {}

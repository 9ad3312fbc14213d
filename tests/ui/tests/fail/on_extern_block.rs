use cruddur_trace::observe;

#[observe]
unsafe extern "C" {
    fn f();
}

fn main() {}

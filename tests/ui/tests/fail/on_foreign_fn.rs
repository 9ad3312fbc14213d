use cruddur_trace::observe;

unsafe extern "C" {
    #[observe]
    fn f();
}

fn main() {}

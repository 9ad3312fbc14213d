use cruddur_trace::observe;

fn main() {
    #[observe]
    let n = 1;
    let _ = n;
}

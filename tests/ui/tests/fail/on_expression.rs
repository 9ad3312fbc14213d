use cruddur_trace::observe;

fn main() {
    #[observe]
    drop(1);
}

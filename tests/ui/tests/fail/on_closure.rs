use cruddur_trace::observe;

fn main() {
    let f = #[observe]
    |n: u8| n + 1;
    f(1);
}

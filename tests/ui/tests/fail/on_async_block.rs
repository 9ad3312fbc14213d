use cruddur_trace::observe;

fn main() {
    #[observe]
    async {};
}

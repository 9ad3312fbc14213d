use cruddur_trace::observe;

#[observe]
async fn main() {}

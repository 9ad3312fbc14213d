use cruddur_trace::observe;

#[observe]
mod m {}

fn main() {}

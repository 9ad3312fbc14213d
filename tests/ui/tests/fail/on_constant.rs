use cruddur_trace::observe;

#[observe]
const N: u8 = 1;

fn main() {}

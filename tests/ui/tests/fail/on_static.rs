use cruddur_trace::observe;

#[observe]
static S: u8 = 1;

fn main() {}

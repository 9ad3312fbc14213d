use cruddur_trace::observe;

#[observe]
pub enum E {
    A,
}

fn main() {}

use cruddur_trace::observe;

#[observe(level = loud, nmae = "x", fields(error = 1, a b), now = on, capture = 3)]
const fn f(a: u8) -> u8 {
    a
}

fn untouched() -> u8 {
    f(1)
}

fn main() {}

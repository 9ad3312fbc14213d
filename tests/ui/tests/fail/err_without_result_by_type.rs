use cruddur_trace::observe;

type Alias = Vec<u8>;

#[observe(err = Debug)]
fn f() -> Alias {
    Vec::new()
}

fn main() {}

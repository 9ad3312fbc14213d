use cruddur_trace::observe;

#[observe(err = |error: &u8| error.to_string())]
fn f() -> Result<u8, String> {
    Ok(1)
}

fn main() {}

use cruddur_trace::observe;

#[observe(error_if = |result: &u8| *result > 1)]
fn f() -> Result<u8, String> {
    Ok(1)
}

fn main() {}

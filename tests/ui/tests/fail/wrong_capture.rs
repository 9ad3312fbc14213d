use cruddur_trace::observe;

#[observe(capture = everything)]
fn f() -> Result<(), String> {
    Ok(())
}

fn main() {}

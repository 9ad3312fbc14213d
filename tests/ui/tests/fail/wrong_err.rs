use cruddur_trace::observe;

#[observe(err = "Debug it")]
fn f() -> Result<(), String> {
    Ok(())
}

fn main() {}

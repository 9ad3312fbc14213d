use cruddur_trace::observe;

#[observe(report_if = |error: &u8| *error > 1)]
fn f() -> Result<u8, String> {
    Ok(1)
}

fn main() {}

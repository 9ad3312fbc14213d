use cruddur_trace::observe;

#[observe(err = off, report_if = |_: &u8| true)]
fn f() -> Result<(), u8> {
    Ok(())
}

fn main() {}

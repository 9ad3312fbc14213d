use cruddur_trace::observe;

#[observe(ok_if = |_| 1)]
fn f() -> Result<u8, String> {
    Ok(1)
}

fn main() {}

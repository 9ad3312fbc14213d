use cruddur_trace::observe;

#[observe(ok_if = |r| r + 1)]
fn f() -> Result<u8, u8> {
    Ok(1)
}

fn main() {}

use cruddur_trace::observe;

#[observe(result_length = |_| 1_u64)]
fn f() -> Result<u8, String> {
    Ok(1)
}

fn main() {}

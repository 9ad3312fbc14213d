use cruddur_trace::observe;

#[observe(err(Debug))]
fn f(user_id: u64, name: &str) -> Result<u64, std::fmt::Error> {
    let _ = name;
    Ok(user_id)
}

fn main() {}

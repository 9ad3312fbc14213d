use cruddur_trace::observe;

#[observe(enter_on_poll = true)]
fn f(user_id: u64, name: &str) -> Result<u64, std::fmt::Error> {
    let _ = name;
    Ok(user_id)
}

fn main() {}

#[allow(unused_imports)]
use cruddur_trace::observe;

#[observe]
async fn f(n: u8) -> Result<String, String> {
    let text: u8 = "text";
    if n == 0 {
        return Ok(n);
    }
    n.missing()?;
    Ok(String::new())
}

fn main() {}

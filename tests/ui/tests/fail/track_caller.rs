use cruddur_trace::observe;

#[observe(err = Debug, result_length = |r| 1)]
#[track_caller]
fn f() -> Result<(), String> {
    Ok(())
}

fn main() {}

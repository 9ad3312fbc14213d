use cruddur_trace::observe;

#[observe(err = Debug)]
async fn f() -> String {
    String::new()
}

fn main() {}

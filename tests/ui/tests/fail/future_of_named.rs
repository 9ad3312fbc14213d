use cruddur_trace::observe;

#[observe(future)]
fn f() -> std::future::Ready<u8> {
    std::future::ready(1)
}

fn main() {}

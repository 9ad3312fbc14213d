use cruddur_trace::observe;

struct Secret;

#[observe(fields(%secret))]
fn f(secret: Secret) {
    drop(secret);
}

fn main() {}

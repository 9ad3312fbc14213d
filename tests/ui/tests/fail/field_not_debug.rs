use cruddur_trace::observe;

struct Secret;

#[observe(fields(key = ?secret))]
async fn f(secret: Secret) {
    drop(secret);
}

fn main() {}

use cruddur_trace::observe;

#[observe(fields(user))]
fn f(users: u8, (limit, _): (u8, u8)) -> u8 {
    users + limit
}

fn main() {}

use cruddur_trace::observe;

#[observe(annotate("user id" = 1, user.id = 2, "" = 3, good_1 = 4))]
fn f() {}

fn main() {}

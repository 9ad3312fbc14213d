use cruddur_trace::observe;

#[observe(fields(1, "key", %a = 1, self.a, b =))]
fn f(a: u8) -> u8 {
    a
}

fn main() {}

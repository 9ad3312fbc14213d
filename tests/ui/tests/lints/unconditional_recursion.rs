#![deny(warnings)]

use cruddur_trace::observe;

#[observe]
pub fn f(n: u32) -> u32 {
    f(n + 1)
}

#[observe]
pub fn g(n: u32) {
    g(n + 1);
}

#[observe(err = Debug)]
pub fn h(text: &str) -> Result<&str, std::fmt::Error> {
    println!("{text}");
    h(text)
}

pub struct S;

impl S {
    #[observe]
    pub fn f<T: Clone>(&self, it: T) -> Option<Vec<T>> {
        if std::env::args().count() > 1 { self.f(it.clone()) } else { Self::f::<T>(self, it) }
    }
}

#[observe]
impl Clone for S {
    fn clone(&self) -> Self {
        self.clone()
    }
}

fn main() {}

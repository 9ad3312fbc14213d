#![allow(unused)]
mod wrong_field_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct User {
        handle: String,
    }
    
    fn name(user: &User) -> Option<String> {
        Some(user.handel.clone())
    }
}

mod semicolon_result {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(n: u8) -> Result<u8, String> {
        if n > 1 {
            return Err("x".into());
        }
        Ok(n);
    }
}

mod non_exhaustive {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    enum Kind {
        A,
        B,
        C,
    }
    
    fn work(kind: Kind) -> Option<u8> {
        match kind {
            Kind::A => Some(1),
            Kind::B => None,
        }
    }
}

mod non_exhaustive_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    enum Kind {
        A,
        B,
        C,
    }
    
    async fn work(kind: Kind) -> Option<u8> {
        match kind {
            Kind::A => Some(1),
            Kind::B => None,
        }
    }
}

mod wrong_number {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn save(id: u8, name: &str) -> Result<u8, String> {
        Ok(id)
    }
    
    fn work(id: u8) -> Result<u8, String> {
        save(id)
    }
}

mod wrong_number_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn save(id: u8, name: &str) -> Result<u8, String> {
        Ok(id)
    }
    
    async fn work(id: u8) -> Result<u8, String> {
        save(id, "a", 3).await
    }
}

mod wrong_type_argument {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn save(id: u8, name: &str) -> Result<u8, String> {
        Ok(id)
    }
    
    async fn work(id: u8, name: String) -> Result<u8, String> {
        save(id, name).await
    }
}

mod method_suggestion {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(list: Vec<u8>) -> usize {
        list.length()
    }
}

mod method_suggestion_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(list: Vec<u8>) -> Option<usize> {
        Some(list.length())
    }
}

mod method_on_option {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(name: Option<String>) -> Result<usize, u8> {
        Ok(name.len())
    }
}

mod if_without_else {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn load(n: u8) -> Option<u8> {
        if n > 1 {
            Some(1)
        }
    }
}

mod if_without_else_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn load(n: u8) -> Option<u8> {
        if n > 1 {
            Some(1)
        }
    }
}

mod ok_forgotten_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn load(n: u8) -> Result<(), String> {
        println!("{n}");
    }
}

mod missing_bound {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn show<T>(item: T) -> String {
        item.to_string()
    }
}

mod missing_bound_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn show<T>(item: T) -> Option<String> {
        Some(format!("{item}"))
    }
}

mod struct_missing_field {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct User {
        name: String,
        id: u8,
    }
    
    async fn work(name: String) -> Result<User, u8> {
        Ok(User { name })
    }
}

mod break_value {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(a: u32) -> Option<u32> {
        for n in 0..a {
            if n == 3 {
                break n;
            }
        }
        None
    }
}

mod never_returns {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(a: u32) -> ! {
        println!("{a}");
    }
}

mod question_in_unit {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn load(t: &str) {
        let m: u8 = t.parse()?;
    }
}

mod unit_tail_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(id: u8) {
        id
    }
}

mod annotations_needed {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn show(list: Vec<u8>) -> Result<usize, String> {
        let all = list.iter().map(|n| n + 1).collect();
        Ok(all.len())
    }
}

mod add_types {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(a: u32, b: u64) -> u64 {
        a + b
    }
}

mod compare_types {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(a: u8, b: &u8) -> Result<bool, u8> {
        Ok(a == b)
    }
}

mod opaque_branches {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(n: u8) -> impl Iterator<Item = u8> {
        if n > 1 {
            return vec![n].into_iter();
        }
        std::iter::once(n)
    }
}

mod opaque_display {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    fn work(n: u8) -> impl std::fmt::Display {
        Some(n)
    }
}

mod alias_named {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    type Handled<T> = Result<T, String>;
    
    fn number(n: &u8) -> Handled<&'static u8> {
        if *n > 1 {
            return Err(1);
        }
        Ok(n)
    }
}

fn main() {}

#![allow(unused)]
mod moved_in_loop_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn eat(_: String) {}
    #[observe]
    fn work(name: String) -> Result<(), String> {
        for _ in 0..2 {
            eat(name);
        }
        Ok(())
    }
}

mod moved_in_loop_guarded {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn eat(_: String) {}
    #[observe]
    fn work(name: String) {
        for _ in 0..2 {
            eat(name);
        }
    }
}

mod argument_into_spawn_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(name: &str) -> Option<u8> {
        std::thread::spawn(move || println!("{name}"));
        None
    }
}

mod argument_into_spawn_guarded {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(name: &str) {
        std::thread::spawn(move || println!("{name}"));
    }
}

mod local_reference_result {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(n: &u8) -> Result<&str, u8> {
        let text = n.to_string();
        if text.is_empty() {
            return Err(1);
        }
        Ok(text.as_str())
    }
}

mod argument_reference {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(n: &u8, text: String) -> Option<&str> {
        Some(text.trim())
    }
}

mod twice_mut {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(list: &mut Vec<u8>) -> Option<u8> {
        let first = list.first_mut()?;
        list.push(1);
        Some(*first)
    }
}

mod twice_mut_self {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct S {
        list: Vec<u8>,
        n: u8,
    }
    impl S {
        fn bump(&mut self) {}
        #[observe]
        fn work(&mut self) -> Result<u8, u8> {
            let first = self.list.first_mut().ok_or(1)?;
            self.bump();
            Ok(*first)
        }
    }
}

mod elided_longest {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn pick<'a>(a: &'a str, b: &str) -> Result<&'a str, u8> {
        if a.is_empty() {
            return Err(1);
        }
        Ok(b)
    }
}

mod immutable_argument_method {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn show(list: Vec<u8>) -> Option<Vec<u8>> {
        list.push(1);
        Some(list)
    }
}

mod immutable_reference {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn show(list: &Vec<u8>) -> Option<u8> {
        list.push(1);
        None
    }
}

mod immutable_self_push {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct S(Vec<u8>);
    impl S {
        #[observe]
        fn add(&self) -> Result<(), u8> {
            self.0.push(1);
            Ok(())
        }
    }
}

mod moved_out_of_reference {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct User {
        name: String,
    }
    #[observe]
    fn name(user: &User) -> Option<String> {
        Some(user.name)
    }
}

mod moved_twice {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn eat(_: String) -> Result<u8, u8> {
        Ok(1)
    }
    #[observe]
    fn work(name: String) -> Result<u8, u8> {
        eat(name)?;
        eat(name)
    }
}

mod dropped_here {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(text: String) -> Option<u8> {
        let all: Vec<&'static str> = vec![&text];
        drop(all);
        None
    }
}

mod dropped_here_guarded {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(text: String) {
        let all: Vec<&'static str> = vec![&text];
        drop(all);
    }
}

mod assigned_immutable_guarded {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(n: &str, text: String, list: &mut Vec<u8>, id: u8) {
        n = "a";
        text.push('a');
        id += 1;
        list = &mut Vec::new();
    }
}

mod boxed_borrow {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    use std::pin::Pin;
    #[observe]
    fn number(n: &u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move { *n })
    }
}

mod boxed_borrow_statement {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    use std::pin::Pin;
    type Boxed<'a> = Pin<Box<dyn Future<Output = u8> + Send + 'a>>;
    #[observe]
    fn number(n: &u8, m: &u8) -> Boxed<'static> {
        let k = 1;
        Box::pin(async move { *m })
    }
}

mod dyn_borrow {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn number<'a>(n: &'a u8, m: &u8) -> Box<dyn std::fmt::Display + 'a> {
        let k = 1;
        Box::new(m)
    }
}

fn main() {}

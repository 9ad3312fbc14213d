#![allow(unused)]
mod moved_state {
    use axum::extract::State;
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[derive(Clone)]
    struct App {
        name: String,
    }
    fn eat(_: App) {}
    
    async fn work(State(app): State<App>) -> String {
        eat(app);
        app.name
    }
}

mod moved_in_loop {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn eat(_: String) {}
    
    async fn work(name: String) {
        for _ in 0..2 {
            eat(name);
        }
    }
}

mod moved_twice_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn eat(_: String) -> Result<u8, u8> {
        Ok(1)
    }
    
    async fn work(name: String) -> Result<u8, u8> {
        eat(name).await?;
        eat(name).await
    }
}

mod moved_into_closure {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(name: String) -> String {
        let task = tokio::spawn(async move { name.len() });
        drop(task);
        name
    }
}

mod borrowed_into_spawn {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(name: String) -> usize {
        let task = tokio::spawn(async { name.len() });
        task.await.unwrap()
    }
}

mod argument_into_spawn {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(name: &str) -> usize {
        let task = tokio::spawn(async move { name.len() });
        task.await.unwrap()
    }
}

mod local_reference_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(n: &u8) -> &str {
        let text = n.to_string();
        &text
    }
}

mod argument_reference_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(n: &u8, text: String) -> Option<&str> {
        Some(text.trim())
    }
}

mod twice_mut_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(list: &mut Vec<u8>) -> Option<u8> {
        let first = list.first_mut()?;
        list.push(1);
        Some(*first)
    }
}

mod twice_mut_self_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct S {
        list: Vec<u8>,
        n: u8,
    }
    impl S {
        fn bump(&mut self) {}
        
        async fn work(&mut self) -> Result<u8, u8> {
            let first = self.list.first_mut().ok_or(1)?;
            self.bump();
            Ok(*first)
        }
    }
}

mod immutable_self_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct S(Vec<u8>);
    impl S {
        
        async fn add(&self) -> Result<(), u8> {
            self.0.push(1);
            Ok(())
        }
    }
}

mod impl_block_mut {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct Db {
        n: u8,
    }
    
    impl Db {
        async fn set(&self, n: u8) -> Result<(), u8> {
            self.n = n;
            Ok(())
        }
    }
}

mod moved_out_of_reference_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct User {
        name: String,
    }
    
    async fn name(user: &User) -> Option<String> {
        Some(user.name)
    }
}

mod immutable_local {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn show() -> Vec<u8> {
        let list = Vec::new();
        list.push(1);
        list
    }
}

mod immutable_reference_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn show(list: &Vec<u8>) {
        list.push(1);
    }
}

mod dropped_here_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn work(text: String) {
        let all: Vec<&'static str> = vec![&text];
        drop(all);
    }
}

mod dyn_borrow_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    
    async fn number<'a>(n: &'a u8, m: &u8) -> Box<dyn std::fmt::Display + 'a> {
        let k = 1;
        Box::new(m)
    }
}

fn main() {}

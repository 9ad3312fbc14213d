#![deny(warnings)]
#[allow(dead_code)]
mod unused_result {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    fn save(id: u8) -> Result<u8, String> {
        Ok(id)
    }
    #[observe]
    fn work(id: u8) -> Result<u8, String> {
        save(id);
        save(id)
    }
}

#[allow(dead_code)]
mod unused_result_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn save(id: u8) -> Result<u8, String> {
        Ok(id)
    }
    #[observe]
    async fn work(id: u8) -> Result<u8, String> {
        save(id);
        save(id).await
    }
}

#[allow(dead_code)]
mod lints_sync {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(id: u8, other: u8) -> Result<u8, String> {
        use std::collections::HashMap;
        let mut n = id;
        let gone = 1;
        return Ok(n);
        println!("{n}");
    }
}

#[allow(dead_code)]
mod lints_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(id: u8, other: u8) -> Result<u8, String> {
        use std::collections::HashMap;
        let mut n = id;
        let gone = 1;
        return Ok(n);
        println!("{n}");
    }
}

#[allow(dead_code)]
mod lints_guarded {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(id: u8, other: u8, mut third: u8) {
        use std::collections::HashMap;
        let mut n = id;
        let gone = 1;
        return;
        println!("{n}");
    }
}

#[allow(dead_code)]
mod lints_assigned {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn work(mut id: u8) -> Option<u8> {
        id = 2;
        let mut n = 1;
        n = 2;
        Some(n)
    }
}

#[allow(dead_code)]
mod lints_assigned_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(mut id: u8) -> Option<u8> {
        id = 2;
        let mut n = 1;
        n = 2;
        Some(n)
    }
}

fn main() {}

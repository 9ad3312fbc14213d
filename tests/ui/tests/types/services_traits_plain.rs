#![allow(unused)]
mod service_trait {
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[async_trait]
    trait Store {
        async fn load(&self, id: u8) -> Result<String, u8>;
    }
    struct Db;
    #[async_trait]
    impl Store for Db {
        
        async fn load(&self, id: u8) -> Result<String, u8> {
            Ok(id)
        }
    }
}

mod service_trait_above {
    use async_trait::async_trait;
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[async_trait]
    trait Store {
        async fn load(&self, id: u8) -> Result<String, u8>;
    }
    struct Db;
    
    #[async_trait]
    impl Store for Db {
        async fn load(&self, id: u8) -> Result<String, u8> {
            Ok(id)
        }
    }
}

mod trait_method_body {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    trait Store {
        fn load(&self, id: u8) -> Result<String, u8>;
    }
    struct Db;
    impl Store for Db {
        
        fn load(&self, id: u8) -> Result<String, u8> {
            id.to_string()
        }
    }
}

mod trait_method_args {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    trait Store {
        async fn load(&self, id: u8) -> Result<String, u8>;
    }
    struct Db;
    impl Store for Db {
        
        async fn load(&self, id: u16) -> Result<String, u8> {
            Ok(id.to_string())
        }
    }
}

mod trait_method_sync_returns {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    trait Store {
        fn load(&self, id: u8) -> Result<String, u8>;
    }
    struct Db;
    impl Store for Db {
        
        fn load(&self, id: u8) -> Option<String> {
            Some(id.to_string())
        }
    }
}

mod trait_missing_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    trait Store {
        async fn load(&self, id: u8) -> u8;
    }
    struct Db;
    impl Store for Db {
        
        fn load(&self, id: u8) -> u8 {
            id
        }
    }
}

mod impl_block {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct Db {
        n: u8,
    }
    
    impl Db {
        async fn load(&self, id: u8) -> Result<String, u8> {
            Ok(self.m)
        }
        fn make(n: u8) -> Self {
            Db { m: n }
        }
        fn text(&self) -> Result<String, std::num::ParseIntError> {
            let n: u8 = "1".parse()?;
            Ok(n)
        }
    }
}

fn main() {}

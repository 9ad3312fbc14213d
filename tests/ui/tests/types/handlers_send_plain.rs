#![allow(unused)]
mod not_send {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    use std::rc::Rc;
    async fn other() {}
    
    async fn work(n: u8) -> u8 {
        let rc = Rc::new(n);
        other().await;
        *rc
    }
    fn start() {
        tokio::spawn(work(1));
    }
}

mod not_send_guard {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    use std::sync::{Arc, Mutex};
    async fn other() {}
    
    async fn work(list: Arc<Mutex<Vec<u8>>>) -> Result<(), u8> {
        let mut list = list.lock().unwrap();
        other().await;
        list.push(1);
        Ok(())
    }
    fn start(list: Arc<Mutex<Vec<u8>>>) {
        tokio::spawn(work(list));
    }
}

mod boxed_not_send {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    use std::{pin::Pin, rc::Rc};
    async fn other() {}
    
    fn number(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        let rc = Rc::new(n);
        Box::pin(async move {
            other().await;
            *rc
        })
    }
}

fn main() {}

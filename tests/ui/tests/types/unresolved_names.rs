#![allow(unused)]
mod missing_lifetime {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn longest(a: &str, b: &str) -> &str {
        if a.len() > b.len() { a } else { b }
    }
}

mod missing_lifetime_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn longest(a: &str, b: &str) -> &str {
        if a.len() > b.len() { a } else { b }
    }
}

mod missing_lifetime_struct {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct View {
        text: &str,
    }
    #[observe]
    fn view(text: &str) -> Option<View> {
        Some(View { text })
    }
}

mod unresolved_type {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn show(item: Itm) -> Result<Strin, u8> {
        todo!()
    }
}

mod unresolved_in_body {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn show(id: u8) -> Result<u8, String> {
        let x = idd + 1;
        lod(x).await
    }
}

mod unresolved_macro {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn show(id: u8) -> Result<u8, String> {
        bial!("x");
    }
}

fn main() {}

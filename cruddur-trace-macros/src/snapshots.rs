//! The form of the expansion, formatted, for the shapes that differ. `INSTA_UPDATE=always` renews
//! them; each change of one is read before it is committed.

use proc_macro2::TokenStream;

use crate::observe_tokens;

/// The expansion, readable.
fn expand(options: &str, item: &str) -> String {
    let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
    let expanded = observe_tokens(tokens(options), tokens(item), false);
    let file = syn::parse2(expanded).expect("an item");
    prettyplease::unparse(&file)
}

macro_rules! snapshot {
    ($name:ident, $options:literal, $item:literal) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), expand($options, $item));
        }
    };
}

snapshot!(an_async_fn, "", "async fn f(a: u8, (b, c): (u8, u8)) -> Result<u8, E> { Ok(a) }");
snapshot!(a_guarded_fn, "root, kind = server", "fn f(mut a: u8) { a += 1 }");
snapshot!(
    a_called_fn,
    "fields(a, %b)",
    "fn f(a: &mut u8, b: String) -> Option<&mut u8> { Some(a) }"
);
snapshot!(a_fn_that_calls_itself, "fields(a)", "fn f(a: u8) -> Result<u8, E> { f(a + 1) }");
snapshot!(an_alias, "", "fn f<'a>(a: &'a str) -> Alias<'a> { make(a) }");
snapshot!(
    a_made_future,
    "",
    "fn f(a: u8) -> impl Future<Output = io::Result<u8>> + Send { ready(a) }"
);
snapshot!(a_made_stream, "fields(a)", "fn f(a: u8) -> impl Stream<Item = u8> { once(a) }");
snapshot!(a_kept_async_fn, "", "#[tokio::main] async fn main() {}");
snapshot!(an_async_never, "", "async fn f() -> ! { loop {} }");
snapshot!(a_track_caller, "", "#[track_caller] fn f(a: u8) -> Result<u8, E> { Ok(a) }");
snapshot!(
    judged,
    "err = Debug, capture = class, ok_if = ok, error_if = bad, report_if = worse, result_length = len",
    "fn f() -> Result<u8, E> { Ok(1) }"
);
snapshot!(
    an_impl_block,
    "level = debug",
    "impl<T> my::Type<T> { const N: u8 = 1; fn f(self) {} #[observe(skip)] fn g(&self) {} const fn h() {} }"
);

#[test]
fn a_half_typed_body_still_expands() {
    let expanded = observe_tokens(
        TokenStream::new(),
        "fn f(a: A) -> Option<u8> { let b = a. }".parse().expect("tokens"),
        false,
    );
    assert!(!expanded.to_string().contains("compile_error"));
}

#[test]
fn off_gives_the_item_back_and_checks_the_options() {
    let item: TokenStream =
        "impl S { #[observe(name = \"x\")] fn f(&self) -> u8 { 1 } }".parse().expect("tokens");
    let given = observe_tokens("level = debug".parse().expect("tokens"), item.clone(), true);
    assert_eq!(given.to_string(), item.to_string());
    let refused = observe_tokens("level = loud".parse().expect("tokens"), item, true);
    assert!(refused.to_string().contains("compile_error"));
}

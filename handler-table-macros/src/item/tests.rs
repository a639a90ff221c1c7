use super::{Errors, declaration, function, without_event_handlers};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

/// The name and conditions of a function, or the number of errors and their
/// text.
fn read(item: &str) -> Result<(String, String), (usize, String)> {
    let mut errors = Errors::default();
    match function(&tokens(item), &mut errors) {
        Some(function) => Ok((function.name.to_string(), function.conditions.to_string())),
        None => Err((errors.count(), errors.into_tokens().to_string())),
    }
}

#[test]
fn every_header_of_a_function() {
    for item in [
        "fn uart() {}",
        "pub fn uart() {}",
        "pub(in a::b) fn uart(_: u8, (a, b): (u8, u8)) -> u8 { 3 }",
        "#[inline] /// text\n const unsafe extern \"C\" fn uart<'a, 'b: 'a>(x: &'a u8) where 'b: 'a {}",
        "extern fn uart(_: fn(u8) -> u8, _: Box<dyn Fn(u8) -> u8>) -> [u8; { 3 }] { [0; 3] }",
        "fn uart(_: impls, _: myself) -> implement { async move { self } }",
        "unsafe fn uart() -> Result<Vec<u8>, ()> { panic!(\"...\") }",
    ] {
        assert_eq!(
            read(item).map(|(name, _)| name),
            Ok("uart".to_owned()),
            "{item}"
        );
    }
}

#[test]
fn invisible_brackets_do_not_matter() {
    let group = |text| TokenTree::from(Group::new(Delimiter::None, tokens(text)));
    let visibility = group("pub(crate)");
    let item = group("#[inline] fn uart() {}");
    let mut errors = Errors::default();
    assert!(function(&quote!(#visibility fn uart() {}), &mut errors).is_some());
    assert!(function(&quote!(#item), &mut errors).is_some());
    assert_eq!(errors.count(), 0);
}

#[test]
fn one_error_for_each_mistake() {
    for (item, count) in [
        ("async fn uart() {}", 1),
        ("fn uart<T>() {}", 1),
        ("fn uart<'a, T: Fn(u8) -> (u8), const N: usize>() {}", 1),
        ("fn uart(self) {}", 1),
        ("fn uart(#[a] &'a mut self, _: u8) {}", 1),
        ("fn uart(mut self: Box<Self>) {}", 1),
        ("fn uart(_: Option<impl A>, _: &impl B) {}", 2),
        ("fn uart() -> Box<impl A> {}", 1),
        ("fn uart(_: ...) {}", 1),
        ("fn uart();", 1),
        ("fn uart() -> (u8, u8)", 1),
        ("async fn uart<T>(self, _: impl A, ...) -> impl B;", 6),
    ] {
        let errors = read(item).map(|_| ()).unwrap_err();
        assert_eq!(errors.0, count, "{item}: {}", errors.1);
    }
}

#[test]
fn what_is_no_function() {
    for item in [
        "struct A;",
        "pub enum A {}",
        "static A: fn() = || ();",
        "const A: fn() = || ();",
        "mod a {}",
        "unsafe impl A for B {}",
        "extern crate a;",
        "extern \"C\" { fn uart(); }",
        "a! {}",
        "use a::b;",
        "",
        "fn",
        "fn uart",
        "fn uart {}",
        "fn 3() {}",
        "fn <T> () {}",
        "#",
        "#[a]",
        "# (a) fn uart() {}",
        "a [a] fn uart() {}",
        "(pub) fn uart() {}",
        "pub",
        "fn uart<",
        "fn uart<>>",
    ] {
        assert_eq!(read(item).map_err(|(count, _)| count), Err(1), "{item}");
    }
}

#[test]
fn conditions_are_kept_and_nothing_else() {
    let conditions = |attributes: &str| {
        let (_, conditions) = read(&format!("{attributes} fn uart() {{}}")).expect(attributes);
        conditions.replace(' ', "")
    };
    assert_eq!(conditions("#[inline] #[cold]"), "");
    assert_eq!(
        conditions("#[cfg(a)] #[inline] #[cfg(b)]"),
        "#[cfg(a)]#[cfg(b)]"
    );
    assert_eq!(
        conditions("#[cfg_attr(a, inline, cfg(b), cfg_attr(c, cfg(d), cold))]"),
        "#[cfg_attr(a,cfg(b),cfg_attr(c,cfg(d)))]"
    );
    assert_eq!(
        conditions("#[cfg_attr(a, inline)] #[cfg] #[cfg = 3] #[cfg_attr()]"),
        ""
    );
    assert_eq!(conditions("#[a(b, cfg(c))]"), "");
}

#[test]
fn other_attributes_of_ours_go() {
    let item =
        tokens("#[a] #[event_handler(A, 1)] #[x::event_handler(A, 2)] #[event_handlers] fn f() {}");
    assert_eq!(
        without_event_handlers(&item).to_string(),
        tokens("#[a] #[event_handlers] fn f() {}").to_string()
    );
}

/// The name, type and type of handler of a static; or the number of errors and
/// what is left in its place.
fn read_static(item: &str) -> Result<(String, String, Option<String>), (usize, String)> {
    let mut errors = Errors::default();
    let result = declaration(&tokens(item), &mut errors);
    let count = errors.count();
    let text = |tokens: TokenStream| tokens.to_string().replace(' ', "");
    match result {
        Ok(table) if count == 0 => Ok((
            table.name.to_string(),
            text(table.ty),
            table.handler.map(text),
        )),
        Ok(table) => Err((count, format!("static{}:{};", table.name, text(table.ty)))),
        Err(item) => Err((count, text(item))),
    }
}

#[test]
fn every_header_of_a_static() {
    for (item, ty, handler) in [
        ("static T: HandlerTable<8>;", "HandlerTable<8>", None),
        (
            "#[a] pub(crate) static T: a::HandlerTable<{ N }>;",
            "a::HandlerTable<{N}>",
            None,
        ),
        ("pub static T: Alias;", "Alias", None),
        (
            "static T: HandlerTable<8, fn(u8) -> u8>;",
            "HandlerTable<8,fn(u8)->u8>",
            Some("fn(u8)->u8"),
        ),
        (
            "static T: HandlerTable<8, F>;",
            "HandlerTable<8,F>",
            Some("F"),
        ),
        ("static T: Other<8, u8>;", "Other<8,u8>", None),
        (
            "static T: HandlerTable<8, fn(&dyn Iterator<Item = u8>)>;",
            "HandlerTable<8,fn(&dynIterator<Item=u8>)>",
            Some("fn(&dynIterator<Item=u8>)"),
        ),
    ] {
        let expected = ("T".to_owned(), ty.to_owned(), handler.map(str::to_owned));
        assert_eq!(read_static(item), Ok(expected), "{item}");
    }
}

/// As `macro_rules!` pass a `$handler:ty` on, and as careful people write it.
#[test]
fn brackets_round_the_type_of_handler_do_not_matter() {
    for delimiter in [Delimiter::None, Delimiter::Parenthesis] {
        let bracketed = |text| TokenTree::from(Group::new(delimiter, tokens(text)));
        let read = |handler: TokenTree| {
            let mut errors = Errors::default();
            let item = quote!(static T: HandlerTable<8, #handler>;);
            declaration(&item, &mut errors).is_ok()
        };
        assert!(read(bracketed("fn(u8)")));
        assert!(!read(bracketed("u8")));
    }
}

#[test]
fn a_static_is_put_right_where_it_can_be() {
    for item in [
        "static mut T: HandlerTable<8>;",
        "static T: HandlerTable<8> = HandlerTable::new();",
    ] {
        assert_eq!(
            read_static(item),
            Err((1, "staticT:HandlerTable<8>;".to_owned())),
            "{item}"
        );
    }
    let both = read_static("static mut T: HandlerTable<8> = 3;");
    assert_eq!(both.map_err(|(count, _)| count), Err(2));
    for item in [
        "static T: HandlerTable<8, u8>;",
        "static T: HandlerTable<8, (u8)>;",
        "static T: HandlerTable<8, &'static u8>;",
        "static T: HandlerTable<8, [fn(); 1]>;",
        "static T: &'static HandlerTable<8>;",
        "static T: fn();",
        "static T: ;",
    ] {
        let left = "unsafeextern\"Rust\"{staticT:();}".to_owned();
        assert_eq!(read_static(item), Err((1, left)), "{item}");
    }
}

#[test]
fn what_is_no_static() {
    for item in [
        "const T: u8 = 3;",
        "fn f() {}",
        "static",
        "static T",
        "static T;",
        "static T = 3;",
        "static T: u8",
        "static 3: u8;",
        "struct A;",
        "",
        ";",
    ] {
        let left = tokens(item).to_string().replace(' ', "");
        assert_eq!(read_static(item), Err((1, left)), "{item}");
    }
}

use super::handler_table;
use crate::names::identities;
use crate::names::tests::{PACKAGE, text, tokens};
use proc_macro2::{Ident, Span, TokenStream};

#[test]
fn a_table_is_a_static_an_entry_and_a_macro() {
    let declared = |item: &str| text(&handler_table(TokenStream::new(), &tokens(item), &PACKAGE));
    let (_, [hash, in_test]) = identities(&Ident::new("IRQS", Span::call_site()), &PACKAGE);
    let output = declared("#[doc = \"d\"] #[cfg(a)] static IRQS: HandlerTable<8, fn(u8)>;");
    assert!(output.starts_with("#[doc=\"d\"]#[cfg(a)]staticIRQS:HandlerTable<8,fn(u8)>=unsafe{"));
    for part in [
        "staticIRQS_DECLARATION={letregion=::handler_table::__private::slots(&IRQS);unsafe{\
         ::handler_table::__private::Entry::table(region,\"kernel::IRQS\",&LOAD)}}"
            .to_owned(),
        format!("#[cfg(not(test))]macro_rules!__handler_table_IRQS_{hash}"),
        format!("#[cfg(test)]macro_rules!__handler_table_IRQS_{hash}"),
        format!("functions[kernelIRQS{hash}]"),
        format!("functions[kernelIRQS{in_test}]"),
        format!("use__handler_table_IRQS_{hash}asIRQS;"),
    ] {
        assert!(output.contains(&part), "{part} in {output}");
    }
    // The static, its entry, its macro, with and without tests, and the import of that.
    assert_eq!(output.matches("#[cfg(a)]").count(), 5, "{output}");
    assert!(!output.contains("macro_export"));

    let public = declared("pub static IRQS: HandlerTable<8>;");
    assert!(
        public.contains("#[doc(hidden)]#[macro_export]macro_rules!"),
        "{public}"
    );
    let in_crate = declared("pub(crate) static IRQS: HandlerTable<8>;");
    assert!(!in_crate.contains("macro_export") && in_crate.contains("pub(crate)use__handler"));
}

#[test]
fn a_table_of_actions_says_so() {
    let item = tokens("static IRQS: handler_table::ActionTable<8, Frame>;");
    let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
    for part in [
        "staticIRQS:handler_table::ActionTable<8,Frame>=::handler_table::ActionTable::new();",
        "letregion=::handler_table::__private::events(&IRQS);",
        "{actions[kernelIRQS",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let plain = tokens("static IRQS: HandlerTable<8>;");
    let output = text(&handler_table(TokenStream::new(), &plain, &PACKAGE));
    assert!(output.contains("{functions[kernelIRQS") && !output.contains("action"));
}

#[test]
fn an_error_keeps_the_static() {
    let declared =
        |args: &str, item: &str| text(&handler_table(tokens(args), &tokens(item), &PACKAGE));
    // Put right, and the rest of it made all the same.
    for (args, item) in [
        ("", "static mut IRQS: HandlerTable<8>;"),
        ("", "static IRQS: HandlerTable<8> = HandlerTable::new();"),
        ("8", "static IRQS: HandlerTable<8>;"),
        ("crate = 8", "static IRQS: HandlerTable<8>;"),
    ] {
        let output = declared(args, item);
        assert_eq!(output.matches("compile_error").count(), 1, "{output}");
        assert!(
            output.contains("staticIRQS:HandlerTable<8>=unsafe{"),
            "{output}"
        );
        assert!(output.contains("asIRQS;"), "{output}");
    }
    let output = declared("", "const IRQS: u8 = 3;");
    assert_eq!(output.matches("compile_error").count(), 1);
    assert!(output.ends_with("constIRQS:u8=3;"));
}

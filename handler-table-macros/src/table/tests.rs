use super::handler_table;
use crate::names::identities;
use crate::names::tests::{PACKAGE, text, tokens};
use proc_macro2::{Ident, Span, TokenStream};

#[test]
fn a_table_is_a_static_an_entry_and_a_macro() {
    let declared = |item: &str| text(&handler_table(TokenStream::new(), &tokens(item), &PACKAGE));
    let (_, [hash, in_test]) = identities(&Ident::new("IRQS", Span::call_site()), &PACKAGE);
    let output = declared("#[doc = \"d\"] #[cfg(a)] static IRQS: HandlerTable<8, fn(u8)>;");
    // One item, which no `impl` has.
    assert!(output.starts_with(
        "#[::handler_table::__private::module_level(#[doc=\"d\"]#[cfg(a)]static\
         IRQS:HandlerTable<8,fn(u8)>={use::handler_table::HandlerTableas__handler_table_kind;unsafe{"
    ));
    assert!(output.ends_with(")]macro_rules!handler_table{()=>{}}"));
    for part in [
        "letlist=__handler_table::Probe::<HandlerTable<8,fn(u8)>>::LIST;\
         __handler_table::slots(&IRQS,list,\"kernel::IRQS\")};unsafe{\
         __handler_table::Entry::table(&DECLARATION,&LOAD)}"
            .to_owned(),
        format!("#[cfg(not(any(test,doc)))]macro_rules!__handler_table_IRQS_{hash}"),
        format!("#[cfg(all(test,not(doc)))]macro_rules!__handler_table_IRQS_{hash}"),
        format!("functions[kernelIRQS{hash}]"),
        format!("functions[kernelIRQS{in_test}]"),
        format!("use__handler_table_IRQS_{hash}asIRQS;"),
    ] {
        assert!(output.contains(&part), "{part} in {output}");
    }
    // The static, its entry; with and without tests, its macro and the import of that.
    assert_eq!(output.matches("#[cfg(a)]").count(), 6, "{output}");
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
        "staticIRQS:handler_table::ActionTable<8,Frame>={use::handler_table::ActionTableas\
         __handler_table_kind;__handler_table_kind::new()};",
        "__handler_table::events(&IRQS,list,\"kernel::IRQS\")",
        "{actions[kernelIRQS",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let plain = tokens("static IRQS: HandlerTable<8>;");
    let output = text(&handler_table(TokenStream::new(), &plain, &PACKAGE));
    assert!(output.contains("{functions[kernelIRQS") && !output.contains("action"));
}

/// Which of the two kinds it is, the compiler finds out.
#[test]
fn a_table_by_an_alias_is_of_either_kind() {
    let item = tokens("static IRQS: kernel::Lines<8>;");
    let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
    for part in [
        "let__handler_table_kind=::handler_table::__private::Probe::<kernel::Lines<8>>::KIND;\
         unsafe{__handler_table_kind.with_proof(|function|functionas*const_)}",
        "__handler_table::Probe::<kernel::Lines<8>>::KIND.declared(&IRQS,list,\"kernel::IRQS\")};",
        "{alias[kernelIRQS",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
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
            output.contains("staticIRQS:HandlerTable<8>={use"),
            "{output}"
        );
        assert!(output.contains("asIRQS;"), "{output}");
    }
    let output = declared("", "const IRQS: u8 = 3;");
    assert_eq!(output.matches("compile_error").count(), 1);
    assert!(output.ends_with("constIRQS:u8=3;"));
}

/// And if they have a type, the macro of that type writes the macro of the table.
#[test]
fn events_of_a_type_bring_their_list() {
    for (ty, events) in [
        (
            "HandlerTable<{ Irq::CAPACITY }, fn(), irq::Irq>",
            "irq::Irq",
        ),
        ("ActionTable<3, (), Counted<1>, Irq>", "Irq"),
    ] {
        let item = tokens(&format!("pub static IRQS: {ty};"));
        let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
        let part = format!(
            "{events}!{{(::handler_table::__private::companion)($)[#[doc(hidden)]#[macro_export]]\
             [pub][pub]__handler_table_IRQS_"
        );
        assert!(output.contains(&part), "{part} in {output}");
        assert!(!output.contains("macro_rules!__"), "{output}");
    }
    for ty in [
        "HandlerTable<3, fn(), Number>",
        "ActionTable<3, A, D>",
        "Alias<3, fn(), Irq>",
    ] {
        let item = tokens(&format!("static IRQS: {ty};"));
        let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
        assert!(output.contains("macro_rules!__"), "{output}");
    }
}

#[test]
fn a_function_is_told_of_the_other_attribute() {
    let item = tokens("pub unsafe fn uart() {}");
    let output = text(&handler_table(tokens("IRQS, 3"), &item, &PACKAGE));
    assert_eq!(output.matches("compile_error").count(), 1);
    assert!(output.contains("#[event_handler(IRQS,3)]") && output.ends_with("pubunsafefnuart(){}"));
}

/// The type is inside the entry, so the names there are none of its own.
#[test]
fn an_entry_has_no_name_of_the_type() {
    let item = tokens("static IRQS: HandlerTable<{ LOAD + DECLARATION }, fn()>;");
    let output = text(&handler_table(TokenStream::new(), &item, &PACKAGE));
    for part in [
        "staticLOAD_:",
        "staticDECLARATION_:",
        "&DECLARATION_,&LOAD_)",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

use super::{derive, events};
use crate::names::tests::{PACKAGE, text, tokens};

fn derived(item: &str) -> String {
    text(&derive(tokens(item), &PACKAGE))
}

#[test]
fn an_enum_is_its_list() {
    let output = derived("pub enum Irq { Timer, r#Type = 4, #[cfg(a)] Uart }");
    for part in [
        "impl::handler_table::EventsforIrq{typeEvent=Irq;",
        "List::of(&[::handler_table::__private::List::number(Irq::Timeras::core::primitive::i128),",
        "List::number(Irq::r#Typeas::core::primitive::i128),",
        "],\"Irq::Timer\\nIrq::Type\\nIrq::Uart\");",
        "ifnumber==Irq::Uartas::core::primitive::usize{return2usize;}",
        "#[macro_export]macro_rules!__handler_table_events_Irq_",
        "[Irq[0usizeTimer][1usizer#Type][2usizeUart]]",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    assert!(!derived("enum Irq { A }").contains("macro_export"));
    assert!(derived("#[events(crate = a::b)] enum Irq { A }").contains("impla::b::EventsforIrq"));
}

#[test]
fn each_error_of_an_enum_is_told() {
    for (item, count) in [
        ("struct Irq;", 1),
        ("union Irq { a: u8 }", 1),
        ("enum Irq {}", 1),
        ("enum Irq { A(u8), B, C { c: u8 } }", 2),
        ("enum Irq<T> { A, B(T) }", 2),
        ("#[events(crate)] enum Irq { A }", 1),
        ("#[events(name = 3, crate = a)] enum Irq { A }", 1),
    ] {
        let output = derived(item);
        assert_eq!(
            output.matches("compile_error").count(),
            count,
            "{item}: {output}"
        );
        // What uses the type is not to be wrong as well.
        let is_silent = output.contains("::EventsforIrq") && output.contains("[Irq]");
        assert_eq!(is_silent, !item.contains("<T>"), "{item}: {output}");
    }
}

#[test]
fn an_enum_of_another_crate_has_a_marker() {
    let output = text(&events(
        tokens("#[doc = \"d\"] #[events(crate = ht)] pub struct Pac: pac::Interrupt { A, B, }"),
        &PACKAGE,
    ));
    for part in [
        "#[doc=\"d\"]pubenumPac{}",
        "implht::EventsforPac{typeEvent=pac::Interrupt;",
        "&[ht::__private::List::number(pac::Interrupt::Aas::core::primitive::i128),",
        "\"Interrupt::A\\nInterrupt::B\"",
        "[Interrupt[0usizeA][1usizeB]]",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    assert!(!output.contains("#[events"), "{output}");
}

#[test]
fn each_error_of_a_marker_is_told() {
    for args in [
        "",
        "Pac",
        "pub enum Pac: pac::Interrupt { A }",
        "struct Pac = pac::Interrupt { A }",
        "struct Pac: { A }",
        "struct Pac: pac + Interrupt { A }",
        "struct Pac: pac::Interrupt (A)",
        "struct Pac: pac::Interrupt {}",
        "struct Pac: pac::Interrupt { A = 3 }",
        "#[events(crate)] struct Pac: pac::Interrupt { A }",
    ] {
        let output = text(&events(tokens(args), &PACKAGE));
        assert!(output.contains("compile_error"), "{args}: {output}");
    }
}

use super::{derive, events};
use crate::names::tests::{PACKAGE, text, tokens};

fn derived(item: &str) -> String {
    text(&derive(tokens(item), &PACKAGE))
}

#[test]
fn an_enum_is_its_list() {
    let output = derived("pub enum Irq { Timer, r#Type = 4, #[cfg(a)] Uart }");
    for part in [
        "use::handler_table::__privateas__handler_table;",
        "constfndiscriminant(event:Irq)->::core::primitive::i128{eventas::core::primitive::i128}",
        "impl__handler_table::EventsforIrq{typeEvent=Irq;",
        "List::of(&[__HandlerTableList::number(discriminant(<Irq>::Timer)),",
        "List::number(discriminant(<Irq>::r#Type)),",
        "],\"Irq::Timer\\nIrq::Type\\nIrq::Uart\");",
        "ifnumber==const{<Selfas__handler_table::Events>::LIST.number_at(2usize)}{return2usize;}",
        "#[macro_export]macro_rules!__handler_table_events_Irq_",
        "[Irq[0usizeTimer][1usizer#Type][2usizeUart]]",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    assert!(!derived("enum Irq { A }").contains("macro_export"));
    assert!(derived("#[events(crate = a::b)] enum Irq { A }").contains("usea::b::__private"));
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
        "useht::__private",
        "EventsforPac{typeEvent=pac::Interrupt;",
        "List::of(&[__HandlerTableList::number(discriminant(<pac::Interrupt>::A)),",
        "\"Interrupt::A\\nInterrupt::B\"",
        "[Interrupt[0usizeA][1usizeB]]",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    assert!(!output.contains("#[events"), "{output}");
}

/// A derive sees those variants only that are there.
#[test]
fn a_marker_with_conditions_derives_its_list() {
    let list = "pub struct Pac: pac::Interrupt { #[doc = \"a\"] A, #[cfg(b)] B, #[cfg(c)] A }";
    let output = text(&events(tokens(list), &PACKAGE));
    for part in [
        "pubenumPac{}",
        "#[derive(::handler_table::Events)]#[events(crate=::handler_table,\
         of=pubstructPac:pac::Interrupt{A})]enum__handler_table_events_of_Pac{A,#[cfg(b)]B,\
         #[cfg(c)]A}",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let output =
        derived("#[events(of = pub struct Pac: pac::Interrupt { A })] enum Conditional { B }");
    for part in [
        "EventsforPac{typeEvent=pac::Interrupt;",
        "List::of(&[__HandlerTableList::number(discriminant(<pac::Interrupt>::B))],\
         \"Interrupt::B\");",
        "[Interrupt[0usizeB]]",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
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
        "struct Pac: pac::Interrupt { A = 3, B = 4 }",
        "struct Pac: pac::Interrupt { pac::Interrupt::A, pac::Interrupt::B }",
        "struct Pac: pac::Interrupt { A, B, A }",
        "#[events(crate)] struct Pac: pac::Interrupt { A }",
    ] {
        let output = text(&events(tokens(args), &PACKAGE));
        assert_eq!(
            output.matches("compile_error").count(),
            1,
            "{args}: {output}"
        );
    }
}

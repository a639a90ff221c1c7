use super::require;
use crate::names::tests::{PACKAGE, text, tokens};

fn required(args: &str) -> String {
    text(&require(tokens(args), &PACKAGE))
}

#[test]
fn each_requirement_is_checked_and_referred_to() {
    let output = required("a::IRQS, 0x3, Irq::Uart");
    for part in [
        "usea::IRQSashandler_table_attribute_is_missing;",
        "(::handler_table)required[handler_table_attribute_is_missing]\
         __handler_table_requirementkernel[]{_3}(::handler_table::__private::At{of_table:\
         &handler_table_attribute_is_missing,at_index:0x3}.at_indexas::core::primitive::usize)",
        "__handler_table_requirementkernel[IrqUart]{}(",
        "::handler_table::__private::slot(&handler_table_attribute_is_missing,\
         __handler_table_requirement::Event::NUMBER,\"a::IRQS\")",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

/// The section of a requirement has the name of the event, if it has one.
#[test]
fn an_event_has_the_last_two_names_of_its_path() {
    for (index, names) in [
        ("kernel::irq::Irq::Uart", "[IrqUart]"),
        ("TIMER", "[TIMER]"),
        ("crate::TIMER", "[crateTIMER]"),
        ("Irq::r#Type", "[IrqType]"),
        ("Wire::<3>::NUMBER", "[]"),
        ("Irq::Uart as usize", "[]"),
        ("BASE + 2", "[]"),
        ("3", "[]"),
    ] {
        let output = required(&format!("IRQS, {index}"));
        let part = format!("requirementkernel{names}");
        assert!(output.contains(&part), "{part} in {output}");
    }
}

#[test]
fn all_events_are_asked_of_the_macro_of_the_table() {
    let output = required("IRQS, ..");
    for part in [
        "(::handler_table)all[handler_table_attribute_is_missing]\
         __handler_table_requirementkernel{",
        "theeventsof`IRQS`arenumbers",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn an_error_requires_nothing() {
    for args in ["", "IRQS", "3, 4", "IRQS, -1"] {
        let output = required(args);
        assert_eq!(output.matches("compile_error").count(), 1, "{output}");
        assert!(!output.contains("const_"), "{output}");
    }
}

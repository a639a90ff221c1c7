use super::event_handler;
use crate::names::tests::{PACKAGE, text, tokens};
use crate::require::require;

fn event(args: &str, item: &str) -> String {
    text(&event_handler(tokens(args), &tokens(item), &PACKAGE))
}

#[test]
fn a_handler_is_its_function_and_an_entry() {
    let item = "#[inline]pubfnuart(frame:&mutFrame)->bool{true}";
    let output = event(
        "a::IRQS, 0x3",
        "#[inline] pub fn uart(frame: &mut Frame) -> bool { true }",
    );
    assert!(output.starts_with(item), "{output}");
    for part in [
        "usea::IRQS;",
        "IRQS!{(::handler_table)handler[3u64_3uartkernel__handler_table_labelstaticSYMBOL:()=();]\
         UART_HANDLER[",
        "[::handler_table::__private::Registration][::handler_table::__private::ActionWithoutOptions]",
        "[{of_table:&IRQS,at_index:0x3,with_handler:uart,}.entry(",
        "\"a::IRQS\"",
        "\"::uart\"",
        "\"src/irq.rs\"",
        "7u32",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

/// It may be declared in a function, of which a `use` sees nothing.
#[test]
fn a_table_in_scope_is_not_imported() {
    let output = event("IRQS, 3", "fn uart() {}");
    assert!(!output.contains("useIRQS"), "{output}");
    let output = text(&require(tokens("IRQS, 3")));
    assert!(!output.contains("useIRQS"), "{output}");
}

#[test]
fn an_expression_has_no_symbol() {
    assert!(
        event("IRQS, 1 + 2", "fn uart() {}")
            .contains("IRQS!{(::handler_table)handler[]UART_HANDLER[")
    );
}

#[test]
fn options_are_fields_of_an_action() {
    let output = event("IRQS, 3", "fn uart() {}");
    assert!(output.contains(")]}"), "{output}");
    let output = event(
        "IRQS, 3, context = a::UART, priority = P + 1, name = NAME",
        "fn uart() {}",
    );
    for part in [
        "[3u64_3uartkernel__handler_table_labelstaticSYMBOL:()=();]UART_HANDLER[",
        "__private::ActionWithContext]",
        "with_context:&a::UART,with_handler:uart,with_name:NAME,is_shared:false,at_priority:P+1,}",
        "`context`isanoptionforatableofactions",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    // What is shared has no symbol.
    let output = event("IRQS, 3, shared", "fn uart() {}");
    for part in [
        "[]UART_HANDLER",
        "__private::ActionWithOptions]",
        "with_handler:uart,with_name:\"\",is_shared:true,at_priority:0,}",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn conditions_stand_on_the_entry_too() {
    let output = event("IRQS, 3", "#[cfg(a)] fn uart() {}");
    assert_eq!(output.matches("#[cfg(a)]").count(), 2, "{output}");
}

#[test]
fn names_do_not_clash_with_the_users() {
    let output = event("UART_HANDLER, UART_HANDLER_", "fn uart() {}");
    assert!(output.contains("]UART_HANDLER__["), "{output}");
    let output = event("SYMBOL, 3", "fn symbol() {}");
    assert!(output.contains("staticSYMBOL_:"), "{output}");
}

#[test]
fn an_error_keeps_the_function() {
    for (args, item) in [
        ("", "fn uart() { body() }"),
        ("IRQS, \"3\"", "fn uart() { body() }"),
        ("IRQS, 3", "async fn uart() { body() }"),
        ("IRQS, 3", "struct Uart;"),
    ] {
        let output = event(args, item);
        assert_eq!(output.matches("compile_error").count(), 1, "{output}");
        assert!(output.ends_with(&text(&tokens(item))), "{output}");
        assert!(!output.contains("IRQS!"), "{output}");
    }
}

use super::event_handler;
use crate::names::tests::{PACKAGE, text, tokens};

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
        "usea::IRQSashandler_table_attribute_is_missing;handler_table_attribute_is_missing!{\
         (::handler_table)handler[exclusive__handler_table_labeluartkernel{3u64_3staticSYMBOL:\
         ()=();}]UART_HANDLER",
        "[::handler_table::__private::Registration{of_table:&handler_table_attribute_is_missing,\
         with_handler:uart,}.entry(::handler_table::__private::At{of_table:\
         &handler_table_attribute_is_missing,at_index:0x3}.at_indexas::core::primitive::usize,",
        "\"a::IRQS\"",
        "::handler_table::__private::source!{::core::concat!(::core::module_path!(),\
         \"::uart\\nsrc/irq.rs\\n7\")}",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn an_expression_is_a_constant_of_the_label() {
    let output = event("IRQS, 1 + 2", "fn uart() {}");
    for part in [
        "handler[exclusive__handler_table_labeluartkernel(::handler_table::__private::At{of_table:\
         &handler_table_attribute_is_missing,at_index:1+2}.at_indexas::core::primitive::usize)]\
         UART_HANDLER",
        ".entry(__handler_table_label::Event::NUMBER,\"IRQS\",",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn options_are_fields_of_an_action() {
    let output = event(
        "IRQS, 3, context = a::UART, priority = P + 1, name = NAME",
        "fn uart() {}",
    );
    for part in [
        "[anonymous();::handler_table::__private::ContextRegistration{",
        "with_context:{let_=&rawconsta::UART;letcontext=&a::UART;unsafe{\
         ::handler_table::Shared::new(context)}},with_handler:uart,with_options:\
         ::handler_table::__private::Options{with_name:NAME,is_shared:false,at_priority:P+1,\
         is_counted:false,is_disabled:false,on_cpus:::core::option::Option::None,},}",
        "`context`isanoptionforatableofactions",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let output = event("IRQS, 3, shared", "fn uart() {}");
    for part in [
        "[shared__handler_table_label",
        "__private::ActionRegistration{",
        "with_handler:uart,with_options:::handler_table::__private::Options{with_name:\"\",\
         is_shared:true,at_priority:0,is_counted:false,",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
    let output = event(
        "IRQS, 3, disabled, counted, non_reentrant, context = A < B, cpus = C, handle = pub H",
        "fn uart(e: &mut E<'_, a::B<C, D>>, x::Y(_, z::Z): &mut F<G, H>) {}",
    );
    for part in [
        "#[doc=\"Thestaticactionof`uart`.\"]pubstaticH:::handler_table::StaticAction<F<G,H>>={",
        "[namedF<G,H>;::handler_table::__private::NonReentrantRegistration{",
        "with_context:::handler_table::Exclusive::new(::handler_table::__private::Value::<F<G,H>>{of_context:A<B})",
        "is_counted:true,is_disabled:true,on_cpus:::core::option::Option::Some(\
         ::handler_table::__private::OnCpus{of_table:&handler_table_attribute_is_missing,\
         on_cpus:C,is_non_reentrant:true,}.checked()),",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

/// It is where it is used that it matters.
#[test]
fn a_deprecated_function_may_be_registered() {
    let output = event("IRQS, 3", "#[deprecated = \"old\"] fn uart() {}");
    assert!(output.contains("#[allow(deprecated)]"), "{output}");
    assert!(!event("IRQS, 3", "#[doc = \"deprecated\"] fn uart() {}").contains("allow"));
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
    let output = event("IRQS, __handler_table_label", "fn uart() {}");
    assert!(
        output.contains("[exclusive__handler_table_label_uart"),
        "{output}"
    );
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
        assert!(!output.contains("!{("), "{output}");
    }
}
